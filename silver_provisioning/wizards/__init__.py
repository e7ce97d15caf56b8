from . import isp_network_plan
from . import isp_speed_push
