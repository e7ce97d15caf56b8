from . import addressing
from . import cgnat
from . import dbcode
from . import messages
from . import imports
