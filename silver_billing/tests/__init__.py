from . import test_rules_calendar
from . import test_rules_money
from . import test_billing_run
from . import test_payments
from . import test_dunning
from . import test_random_life
from . import test_bank_import
from . import test_screens
