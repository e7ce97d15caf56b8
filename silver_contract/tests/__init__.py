from . import test_bad_input
from . import test_contract_math
from . import test_lifecycle
from . import test_moving
from . import test_plan_change
