from . import product_template
from . import product_product
from . import isp_plan_price
from . import isp_plan_price_change
from . import isp_plan_price_change_line
from . import isp_plan_price_change_effect
from . import isp_promotion
from . import silver_audit
