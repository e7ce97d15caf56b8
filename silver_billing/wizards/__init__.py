from . import isp_cash_desk
from . import isp_charge_void
