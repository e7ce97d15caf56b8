from . import test_rules_calendar
from . import test_rules_money
