"""What the OLT drivers share: the value objects, the plan, the command line session. Not a vendor.

``values``    what an OLT should hold for a customer, and what it does hold
``planning``  from one to the other, in the order in which it is safe (pure)
``text``      terminal output to text, and customer data to words a command line can take (pure)
``session``   one netmiko connection that ends in good order
``driver``    observe, apply, save once per batch; vendors fill in the commands
"""

from .driver import CliOlt, Traits
from .values import Discovered, Flow, OnuHeld, OnuReading, OnuService, Wan, Wifi
