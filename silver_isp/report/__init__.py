from . import isp_pon_capacity
from . import isp_nap_capacity
