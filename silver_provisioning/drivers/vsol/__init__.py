"""V-SOL V1600G GPON OLTs through telnet or SSH."""

from .driver import Vsol as Driver
