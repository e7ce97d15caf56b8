"""ZTE ZXA10 C300 and C320 (firmware V1.2 and V2) through telnet or SSH."""

from .driver import Zte as Driver
