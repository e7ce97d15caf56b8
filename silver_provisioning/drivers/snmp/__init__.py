"""Readings by SNMP (v2c and v3): ONU state, power, distance; health and interfaces of an OLT. Reads
only.
"""

from .driver import Health, Interface, Interfaces
from .driver import Snmp as Driver
