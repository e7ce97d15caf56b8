"""One session on an OLT's command line: netmiko's transports, and a conversation that cannot lose
its place.

netmiko opens SSH and telnet and knows the vendors' negotiation; the conversation is ours because it
must notice a
connection that died in the middle, take a pager that cannot be switched off, cope with an echo the
terminal has broken
in two, and never write a secret to a log. After a command without an answer the session is closed:
the answer might
still come, and would be taken for that of the next command.
"""

from __future__ import annotations

import base64
import hashlib
import logging
import re
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

import paramiko
from netmiko.cisco_base_connection import CiscoBaseConnection
from netmiko.exceptions import NetmikoAuthenticationException, NetmikoBaseException, ReadException

from ..base import DriverError, Endpoint, Permanent, Redactor, Retryable, Unreachable
from .text import after_echo, render, unwrap

# a device that reboots is told as an error of the driver, and is none of this process
logging.getLogger("paramiko.transport").setLevel(logging.CRITICAL)

CONNECT_TIMEOUT = 5.0
POLL = 0.002
#: a device that prints without end (an alarm each second) is given up after so many time-outs
LONGEST = 30
MORE = re.compile(r"(?:-{2,4}\s*More\b[^\r\n]*|--More--\s*)$", re.IGNORECASE)
OPTIONAL = re.compile(r"\{[^{}\r\n]*<cr>[^{}\r\n]*\}:\s*$")
ANY_PROMPT = re.compile(r"(?:^|[\r\n])[ \x07]*([^\s<>#()]{1,64})(?:\([^()\r\n]*\))?[>#]\s*$")
_CSI = re.compile(r"\x1b\[[\d;]*[A-Za-z]")


def _plain(command):
    if any(ord(char) < 32 for char in command):
        raise Permanent("A line for the OLT contains control characters.")


class PinnedKey(paramiko.MissingHostKeyPolicy):
    """Accept one host key, given as ``SHA256:...`` (what ssh-keygen prints); without one, any."""

    def __init__(self, fingerprint: str):
        self.fingerprint = fingerprint.removeprefix("SHA256:").rstrip("=")
        self.refused = ""  # what another device showed; netmiko calls every SSH error a time-out

    def missing_host_key(self, client, hostname, key):
        shown = base64.b64encode(hashlib.sha256(key.asbytes()).digest()).decode().rstrip("=")
        if self.fingerprint and shown != self.fingerprint:
            self.refused = f"SHA256:{shown}"
            raise paramiko.SSHException("not the known host key")


class Connection(CiscoBaseConnection):
    """netmiko's part: transport only. Vendors override :meth:`negotiate` for telnet options."""

    host_key: paramiko.MissingHostKeyPolicy

    def _build_ssh_client(self):
        client = super()._build_ssh_client()
        client.set_missing_host_key_policy(self.host_key)
        return client

    def telnet_login(self, *args, **kwargs):
        """The login dialogue is part of the conversation; here only the options are answered."""
        self.remote_conn.set_option_negotiation_callback(self.negotiate)
        return ""

    @staticmethod
    def negotiate(sock, command, option):
        """Echo and no go-ahead, a window 500 columns wide, nothing else."""
        iac, do, dont, will, wont, sub, end = (
            bytes([n]) for n in (255, 253, 254, 251, 252, 250, 240)
        )
        if command == will:
            sock.sendall(iac + (do if option in (b"\x01", b"\x03") else dont) + option)
        elif command == do and option == b"\x1f":
            sock.sendall(iac + will + option + iac + sub + option + b"\x01\xf4\x00\x32" + iac + end)
        elif command == do:
            sock.sendall(iac + wont + option)

    def _try_session_preparation(self, force_data=True):
        """Done by the session, which knows the vendor's dialogue."""

    def cleanup(self, command="exit"):
        """The session says goodbye before it disconnects."""


class CliSession:
    """A logged-in command line.

    :param login: called with the session after the connection is up; leaves it where commands are
        expected
    :param goodbye: lines that end the session politely
    :param connection: subclass of :class:`Connection`
    """

    def __init__(
        self,
        endpoint: Endpoint,
        redact: Redactor,
        login: Callable[[CliSession], None],
        goodbye: tuple[str, ...] = ("exit",),
        connection: type[Connection] = Connection,
        telnet: bool = False,
        newline: str = "\n",
    ):
        self.endpoint, self.redact = endpoint, redact
        self.telnet = telnet
        self.newline = newline
        self._login, self._goodbye, self._class = login, goodbye, connection
        self._connection = None
        self._prompt = self._prompts = ANY_PROMPT
        self.prompt = ""

    # ------------------------------------------------------------ life
    @property
    def connected(self) -> bool:
        return self._connection is not None

    def open(self) -> None:
        """:raise Unreachable: no answer. :raise Permanent: user, password or host key refused."""
        point = self.endpoint
        limit = min(CONNECT_TIMEOUT, point.timeout)
        pinned = PinnedKey(point.options.get("host_key", ""))
        kind = type("Pinned", (self._class,), {"host_key": pinned})
        try:
            self._connection = kind(
                host=point.host,
                port=point.port or (23 if self.telnet else 22),
                device_type="generic_telnet" if self.telnet else "generic",
                username=point.username,
                password=point.secret.reveal(),
                conn_timeout=limit,
                # an old OLT takes seconds for its key exchange, however fast its commands are
                auth_timeout=max(CONNECT_TIMEOUT, point.timeout),
                banner_timeout=max(CONNECT_TIMEOUT, point.timeout),
                blocking_timeout=point.timeout,
                disable_lf_normalization=True,
            )
        except NetmikoAuthenticationException as problem:
            raise self._refused(problem) from None
        except (
            NetmikoBaseException,
            paramiko.SSHException,
            OSError,
            EOFError,
            ValueError,
        ) as problem:
            if pinned.refused:
                raise Permanent(
                    f"Another device than the known one answers at {point.host}: its host key "
                    f"is new.",
                    pinned.refused,
                ) from None
            raise self._gone("does not answer", problem) from None
        try:
            self._login(self)
        except DriverError:
            self.abandon()
            raise

    def close(self) -> None:
        """Log out as far as it goes; never raises."""
        if self._connection is None:
            return
        with suppress(Exception):  # best effort: the other side may be gone already
            for line in self._goodbye:
                self._connection.channel.write_channel(line + self.newline)
        self.abandon()

    def abandon(self) -> None:
        """Drop the connection without a word."""
        connection, self._connection = self._connection, None
        self._prompt = self._prompts = ANY_PROMPT
        if connection is not None:
            with suppress(
                Exception
            ):  # netmiko swallows its own errors; a dead socket is no news here
                connection.disconnect()

    # ------------------------------------------------------------ conversation
    def run(
        self,
        command: str,
        answers: Mapping[str, str] | None = None,
        secret: bool = False,
        patience: int = 1,
    ) -> str:
        """Send a line and return what the device printed, without echo and prompt.

        :param answers: question (regular expression at the end of the output) -> reply
        :param patience: how many time-outs of silence are to be expected
        :raise Unreachable: the connection died. :raise Retryable: no prompt within the time-out
        """
        _plain(command)
        self._write(command + self.newline)
        shown = "a line" if secret else self.redact(command)
        raw = self._read(self._prompt, f"after {shown!r}", answers or {}, patience=patience)
        return self._clean(raw, command)

    def run_all(self, commands: Sequence[str]) -> list[str]:
        """Send lines together and return what the device printed for each: one way there and back
        for all of them.

        All are carried out, whatever becomes of the first. For lines that ask nothing: the next
        line would be the reply.

        :raise DriverError: as :meth:`run`; also when there are not as many prompts as lines
        """
        if len(commands) == 1:
            return [self.run(commands[0])]
        for command in commands:
            _plain(command)
        self._write("".join(command + self.newline for command in commands))
        what = f"after {len(commands)} lines from {self.redact(commands[0])!r}"
        raw = _CSI.sub("", self._read(self._prompt, what, {}, prompts=len(commands)))
        answers, start = [], 0
        for end in self._prompts.finditer(raw):
            answers.append(raw[start : end.end()])
            start = end.end()
        if len(answers) != len(commands):
            self.abandon()
            raise Retryable(
                f"The OLT {self.endpoint.host} did not come back to its prompt {what}.",
                self.redact(render(raw)[-2000:]),
            )
        return [self._clean(*pair) for pair in zip(answers, commands, strict=True)]

    def expect(self, pattern: str | re.Pattern, what: str = "login") -> str:
        """Read until the pattern is at the end of the output (login dialogues)."""
        return self._read(re.compile(pattern) if isinstance(pattern, str) else pattern, what, {})

    def send(self, line: str) -> None:
        """Send a line without waiting (login dialogues)."""
        self._write(line + self.newline)

    def log_in(
        self,
        user: str = r"(?:ogin|sername|[Uu]ser name)\s*:\s*$",
        password: str = r"assword\s*:\s*$",
    ) -> None:
        """The telnet login dialogue, then :meth:`learn_prompt`. :raise Permanent: the device says
        no.
        """
        point = self.endpoint
        if self.telnet:
            self.expect(user)
            self.send(point.username)
            self.expect(password)
            self.send(point.secret.reveal())
            answer = self.expect(re.compile(f"{ANY_PROMPT.pattern}|{user}|{password}"))
            if not ANY_PROMPT.search(_CSI.sub("", answer)):
                raise self._refused(answer.strip().splitlines()[0] if answer.strip() else "")
            self._confirm_prompt()
        else:
            self.learn_prompt()

    def learn_prompt(self) -> None:
        """Find out the host name in the prompt; from then on only that name ends an answer."""
        self.expect(ANY_PROMPT)
        self._confirm_prompt()

    def _confirm_prompt(self):
        # a banner that happens to end in `#` does not come back on an empty line
        self.send("")
        answer = _CSI.sub("", self.expect(ANY_PROMPT))
        host = ANY_PROMPT.search(answer).group(1)
        self.prompt = host
        prompt = rf"(?:^|[\r\n])[ \x07]*{re.escape(host)}(?:\([^()\r\n]*\))?[>#]"
        self._prompt, self._prompts = re.compile(prompt + r"\s*$"), re.compile(prompt)

    # ------------------------------------------------------------ wire
    def _write(self, data):
        if self._connection is None:
            raise Unreachable(f"The session on {self.endpoint.host} is closed.")
        try:
            # on the channel itself: netmiko's own method writes every line to its debug log
            self._connection.channel.write_channel(data)
        except (OSError, EOFError, NetmikoBaseException, paramiko.SSHException) as problem:
            self.abandon()
            raise self._gone("closed the connection", problem) from None

    def _read(self, until, what, answers, prompts=1, patience=1):
        if self._connection is None:
            raise Unreachable(f"The session on {self.endpoint.host} is closed.")
        buffer, limit = "", self.endpoint.timeout * patience
        deadline = time.monotonic() + limit
        last = time.monotonic() + limit * LONGEST
        while True:
            chunk = self._receive()
            if chunk:
                buffer += chunk
                deadline = min(time.monotonic() + limit, last)
                tail = _CSI.sub("", buffer[-400:])
                if until.search(tail) and (prompts == 1 or self._count(buffer) >= prompts):
                    return buffer
                reply = self._reply(tail, answers)
                if reply is not None:
                    self._write(reply)
                    buffer += "\n" if reply.strip() else ""
            if time.monotonic() > deadline:
                self.abandon()
                raise Retryable(
                    f"The OLT {self.endpoint.host} did not come back to its prompt {what}.",
                    self.redact(render(buffer)[-2000:]),
                )
            if not chunk:
                time.sleep(POLL)

    def _count(self, buffer):
        return sum(1 for _prompt in self._prompts.finditer(_CSI.sub("", buffer)))

    def _reply(self, tail, answers):
        if MORE.search(tail):
            return " "
        if OPTIONAL.search(tail):
            return self.newline
        for question, reply in answers.items():
            if re.search(question + r"\s*$", tail):
                return reply + self.newline
        return None

    def _receive(self):
        connection = self._connection
        try:
            data = connection.channel.read_channel()
            if not data and not self.telnet:
                channel = connection.remote_conn
                if (channel.closed or channel.eof_received) and not channel.recv_ready():
                    raise EOFError("the channel was closed")
            return data
        except (
            OSError,
            EOFError,
            ReadException,
            NetmikoBaseException,
            paramiko.SSHException,
        ) as problem:
            self.abandon()
            raise self._gone("closed the connection", problem) from None

    def _clean(self, raw, command):
        text = after_echo(render(raw), command)
        lines = text.split("\n")
        while lines and (not lines[-1].strip() or self._prompt.search("\n" + lines[-1])):
            lines.pop()
        lines = [line for line in lines if not MORE.search(line)]
        text = "\n".join(lines).strip("\n")
        return unwrap(text) if max(map(len, lines), default=0) == 80 else text

    def _refused(self, problem):
        return Permanent(
            f"The OLT {self.endpoint.host} refuses the user {self.endpoint.username}.",
            self.redact(str(problem)),
        )

    def _gone(self, what, problem):
        return Unreachable(
            f"The OLT {self.endpoint.host} {what}.",
            self.redact(f"{type(problem).__name__}: {problem}"),
        )
