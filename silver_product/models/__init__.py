from . import product_template
from . import product_product
from . import isp_plan_price
from . import silver_audit
