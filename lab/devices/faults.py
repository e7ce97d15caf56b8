"""Faults that can be injected into any device of the lab.

A device asks :meth:`Faults.take` at the points where real equipment fails. Nothing here sleeps for
a fixed time: a
device that hangs waits on an event that :meth:`Faults.clear` (or stopping the device) sets, so
tests end at once.
"""

import re
import threading
from dataclasses import dataclass

KINDS = {
    "refuse": "reset the connection as soon as it is made",
    "hang": "read the command and never answer",
    "slow": "answer after `seconds`",
    "drop": "close the connection before doing anything",
    "drop_after": "do it, then close the connection without answering",
    "reboot": "do it, then drop every connection, with what only lived in memory",
    "fatal": "RouterOS only: answer !fatal and close",
    "busy": "answer that the system is busy, do nothing",
    "error": "answer with the error text given as `text`, do nothing",
    "forget": "say yes and do nothing",
    "prompt": "command lines only: answer with the prompt given as `text` from now on",
    "noise": "command lines only: print the alarm given as `text` in the middle of the answer",
    "http": "HTTP only: answer with the status given as `text` (429, 503, ...)",
    "inside": "HTTP only: 200, with the error given as `text` in its body, and nothing done",
}


@dataclass
class Fault:
    kind: str
    match: "re.Pattern"
    left: "int | None"
    seconds: float = 0.0
    text: str = ""


class Faults:
    """The faults a device has now. Thread-safe."""

    def __init__(self):
        self._lock = threading.Lock()
        self._faults = []
        self._released = threading.Event()

    def inject(self, kind, match="", times=None, seconds=0.0, text=""):
        """Add a fault.

        :param kind: one of :data:`KINDS`
        :param match: regular expression searched in the command; empty matches every command
        :param times: how often it strikes, None for until :meth:`clear`
        """
        if kind not in KINDS:
            raise ValueError(f"unknown fault {kind!r}, known: {', '.join(KINDS)}")
        with self._lock:
            self._released.clear()
            self._faults.append(Fault(kind, re.compile(match), times, seconds, text))

    def clear(self):
        """Heal the device; whoever hangs goes on."""
        with self._lock:
            self._faults.clear()
            self._released.set()

    def take(self, kind, command=""):
        """The fault of that kind that strikes on this command, or None; counts it."""
        with self._lock:
            for fault in self._faults:
                if fault.kind == kind and fault.left != 0 and fault.match.search(command):
                    if fault.left is not None:
                        fault.left -= 1
                    return fault
        return None

    def wait(self, seconds=None):
        """Block until :meth:`clear`, at most that many seconds (None: as long as it takes)."""
        return self._released.wait(seconds)
