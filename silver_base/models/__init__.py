from . import silver_audit
