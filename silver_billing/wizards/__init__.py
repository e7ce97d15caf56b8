from . import isp_cash_desk
from . import isp_charge_void
from . import isp_payment_refund
from . import isp_contract_holder
