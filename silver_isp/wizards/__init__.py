from . import isp_feasibility_wizard
from . import isp_plant_import
from . import isp_plant_import_line
from . import isp_cost_period_wizard
