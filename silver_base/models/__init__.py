from . import ir_model_data
from . import silver_audit
from . import silver_audit_indexes
from . import silver_pivot_mixin
from . import silver_settings_mixin
