from . import isp_network_plan
