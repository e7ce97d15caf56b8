"""A command line: reading lines with echo, prompts, modes, paging, wrapping at the window's width,
faults.
"""

import logging
import re
import threading

from ..base import TcpDevice
from .terminal import TelnetTerminal, accept_ssh

logging.getLogger("paramiko.transport").setLevel(
    logging.CRITICAL
)  # peers that hang up are the lab's daily bread


class Logout(Exception):
    """The session ends in good order."""


def command(pattern, *modes):
    """Mark a method of a :class:`Shell` as the answer to a command in those modes (none given:
    all).
    """

    def mark(function):
        function.command = (re.compile(pattern + r"\Z"), frozenset(modes))
        return function

    return mark


#: What a login and a save take on real equipment, at the low end, in seconds. Login: 0.5 s with
#: netmiko's quickest settings (measured for this project), 4.8 s in ktbyers/netmiko#1351. Save:
#: 12 s on a switch of today in ktbyers/netmiko#3510; Huawei's own text says "several minutes".
REAL_PACE = {"login_seconds": 0.5, "save_seconds": 1.0}


class CliDevice(TcpDevice):
    """An OLT that is configured through a command line.

    :param transport: `ssh` or `telnet`
    :param legacy: SSH only: SHA-1 era algorithms only
    :param width: the device ignores the size of the window and wraps there (None: it asks)
    :param page: lines per page until paging is switched off
    :param login_seconds: what a login takes; :param save_seconds: what saving takes. A stand-in
        needs no time for either; see :data:`REAL_PACE`
    """

    shell = None
    default_transport = "ssh"

    def __init__(
        self,
        plant,
        port=0,
        username="silver",
        password="lab-olt",
        transport=None,
        legacy=False,
        width=None,
        page=24,
        hostname="OLT",
        max_sessions=10,
        host="127.0.0.1",
        login_seconds=0.0,
        save_seconds=0.0,
    ):
        super().__init__(port, host)
        self.plant = plant
        self.username, self.password = username, password
        self.transport = transport or self.default_transport
        self.legacy, self.width, self.page = legacy, width, page
        self.hostname, self.max_sessions = hostname, max_sessions
        self.sessions = 0
        self.login_seconds, self.save_seconds = login_seconds, save_seconds
        self._stopped = threading.Event()

    def stop(self):
        self._stopped.set()
        super().stop()

    def start(self):
        self._stopped.clear()
        return super().start()

    def work(self, seconds):
        """Take so long; a device that is stopped takes no longer."""
        if seconds:
            self._stopped.wait(seconds)

    def power_cycle(self):
        """Reboot: unsaved configuration and every session are lost."""
        self.plant.reboot()
        self.drop_connections()

    def commands(self):
        """The commands received so far, without modes."""
        return [line for _mode, line in self.log]

    def serve(self, sock):
        if self.transport == "ssh":
            accepted = accept_ssh(sock, self.username, self.password, self.legacy)
            if not accepted:
                return
            transport, terminal = accepted
            try:
                self._session(terminal, authenticated=True)
            finally:
                transport.close()
        else:
            self._session(TelnetTerminal(sock), authenticated=False)

    def _session(self, terminal, authenticated):
        with self._lock:
            self.sessions += 1
            crowded = self.sessions > self.max_sessions
        try:
            self.shell(self, terminal).run(authenticated, crowded)
        finally:
            with self._lock:
                self.sessions -= 1


class Shell:
    """One session. Subclasses declare commands with :func:`command`, :meth:`prompt` and the texts
    of their device.
    """

    more = "--More--"
    erase_more = "\r" + " " * 20 + "\r"
    unknown = "% Unknown command"
    busy = "System is busy, please retry after a while"
    login_prompt, password_prompt = "Username:", "Password:"
    login_error = "% Login failed"
    saving = ("save", "write", "copy running-config startup-config")
    crowded = "The number of users has reached the upper limit"
    banner = ""

    def __init__(self, device, terminal):
        self.device, self.plant, self.terminal = device, device.plant, terminal
        self.mode = "user"
        self.paging = True
        self.forced_prompt = None
        self._commands = [
            (*method.command, method)
            for method in (getattr(self, name) for name in dir(type(self)))
            if hasattr(method, "command")
        ]

    # ------------------------------------------------------------ the conversation
    def run(self, authenticated, crowded):
        if crowded:
            return self.print(self.crowded)
        if not authenticated and not self._login():
            return None
        self.device.work(self.device.login_seconds)
        self.print(self.banner)
        try:
            while True:
                self.terminal.write(self.forced_prompt or self.prompt())
                line = self.read_line()
                if line.strip():
                    self._answer(line.strip())
        except Logout:
            return None

    def _login(self):
        for _attempt in range(3):
            self.terminal.write(f"\r\n{self.login_prompt}")
            user = self.read_line()
            self.terminal.write(self.password_prompt)
            if (user, self.read_line(echo=False)) == (self.device.username, self.device.password):
                return True
            self.print(self.login_error)
        return False

    def _answer(self, line):
        device, faults = self.device, self.device.faults
        device.log.append((self.mode, line))
        if faults.take("hang", line):
            faults.wait()
            raise Logout
        if fault := faults.take("slow", line):
            faults.wait(fault.seconds)
        if faults.take("drop", line):
            raise EOFError
        if fault := faults.take("prompt", line):
            self.forced_prompt = fault.text
        if faults.take("busy", line):
            output = self.busy
        elif fault := faults.take("error", line):
            output = fault.text
        elif faults.take("forget", line):
            output = ""
        else:
            with self.plant.lock:
                output = self.execute(line)
            if line in self.saving:
                device.work(device.save_seconds)
        if faults.take("drop_after", line):
            raise EOFError
        if faults.take("reboot", line):
            device.power_cycle()
            raise EOFError
        if fault := faults.take("noise", line):
            output = f"\n{fault.text}\n{output}"
        self.print(output)

    def execute(self, line):
        """The device's answer to one command; a method may return None for "nothing to say"."""
        for pattern, modes, method in self._commands:
            if not modes or self.mode in modes:
                match = pattern.match(line)
                if match:
                    return method(*match.groups()) or ""
        return self.unknown_at(line)

    def unknown_at(self, line):
        return self.unknown

    def prompt(self):
        raise NotImplementedError

    # ------------------------------------------------------------ the terminal
    @property
    def columns(self):
        return self.device.width or self.terminal.width

    def read_line(self, echo=True):
        """A line as typed, echoed with the terminal's own wrapping."""
        typed, echoed = [], []
        column = len(self.forced_prompt or self.prompt()) if echo else 0
        while True:
            char = self.terminal.key()
            if char in "\r\n":
                if echo:
                    self.terminal.write("".join(echoed) + "\r\n")
                if char == "\r" and self.terminal.pending():
                    following = self.terminal.key()
                    if following not in "\n\0":
                        self.terminal._buffer = following.encode("latin-1") + self.terminal._buffer
                return "".join(typed).encode("latin-1").decode("utf-8", "surrogateescape")
            if char in "\0\n":
                continue
            if char in "\b\x7f":
                typed and typed.pop()
                echoed.append("\b \b")
                continue
            typed.append(char)
            echoed.append(char)
            column += 1
            if echo and column % self.columns == 0:
                echoed.append("\r\n")
            if echo and not self.terminal.pending():
                self.terminal.write("".join(echoed))
                echoed.clear()

    def print(self, text):
        """Write text, wrapped at the window's width, a page at a time while paging is on."""
        if not text:
            return
        rows = []
        for line in text.split("\n"):
            rows += [line[i : i + self.columns] for i in range(0, len(line), self.columns)] or [""]
        step = self.device.page if self.paging and self.device.page else len(rows)
        for start in range(0, len(rows), step):
            if start:
                self.terminal.write(self.more)
                key = self.terminal.key()
                self.terminal.write(self.erase_more)
                if key in "qQ\x03":
                    return
            self.terminal.write("".join(f"{row}\r\n" for row in rows[start : start + step]))
