from . import test_pure
from . import test_radius_sql
from . import test_coa
from . import test_life
from . import test_engine
from . import test_sessions
from . import test_drift
from . import test_views
