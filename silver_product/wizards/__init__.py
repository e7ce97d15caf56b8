from . import isp_plan_set_price
from . import isp_plan_price_close
