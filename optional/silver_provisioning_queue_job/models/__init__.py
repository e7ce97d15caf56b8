from . import isp_provisioning_device
from . import isp_provisioning_executor
from . import isp_provisioning_target
