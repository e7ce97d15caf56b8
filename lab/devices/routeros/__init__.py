"""A RouterOS stand-in that speaks the real API."""

from .server import Router
from .store import Store, Trap
