from . import isp_contract_churn
from . import isp_contract_dashboard
from . import isp_contract_mttp
from . import isp_contract_mrr
from . import report_isp_contract
