from . import isp_contract
