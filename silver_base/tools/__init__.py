from . import sqlguard
