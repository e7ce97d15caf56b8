from . import test_location
from . import test_signals
from . import test_store
from . import test_history
from . import test_findings
from . import test_outages
from . import test_poller
from . import test_screens
