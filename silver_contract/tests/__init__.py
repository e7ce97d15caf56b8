from . import test_bad_input
from . import test_contract_math
from . import test_kpi
from . import test_lifecycle
from . import test_moving
from . import test_plan_change
from . import test_property
from . import test_wizards
