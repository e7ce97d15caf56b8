from . import isp_network_plan
from . import isp_speed_push
from . import isp_onu_activation
from . import isp_onu_settings
from . import isp_contract_router_choice
