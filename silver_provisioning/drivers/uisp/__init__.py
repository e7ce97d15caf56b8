"""Ubiquiti UISP: devices and their state from the network part, suspension and plan of a service in
the CRM part.
"""

from .driver import Uisp as Driver
from .driver import UispDevice, UispHeld, UispService
