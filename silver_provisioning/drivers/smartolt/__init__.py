"""SmartOLT: a hosted controller of OLTs, through its REST API."""

from .driver import SmartOlt as Driver
from .driver import SmartOnu
