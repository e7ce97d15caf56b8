"""MikroTik RouterOS through its API (8728, 8729 with TLS). RouterOS 6.43 and later."""

from .driver import MikroTik as Driver
from .reading import Found, Seen
from .values import Held, Lease, Pppoe, PppProfile, Queue, RouterService
