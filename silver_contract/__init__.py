from . import contract_math
from . import import_file
from . import models
from . import report
from . import wizards
from .hooks import uninstall_hook
