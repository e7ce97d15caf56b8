from . import isp_equipment_operation
from . import isp_equipment_receive
from . import isp_equipment_who_had
from . import isp_rma_back
