from . import isp_cash_desk
from . import isp_charge_void
from . import isp_payment_refund
