from . import test_audit
from . import test_secret
from . import test_sqlguard
from . import test_sqlrows
