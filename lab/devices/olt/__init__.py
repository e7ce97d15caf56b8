"""OLT stand-ins: one plant (what hangs on the fibre and what is configured), three command lines,
one SNMP agent.
"""

from .huawei import HuaweiOlt
from .plant import Plant
from .vsol import VsolOlt
from .zte import ZteOlt
