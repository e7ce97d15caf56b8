from . import isp_ip_assign
from . import isp_ip_take_many
from . import isp_ip_exclude
from . import isp_ip_purge
