from . import sqlguard
from . import sqlrows
