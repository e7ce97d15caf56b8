from . import test_bad_input
from . import test_lifecycle
