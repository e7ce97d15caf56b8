"""Terminals a command line can run on: an SSH channel (paramiko, server side) and a telnet
connection.
"""

import threading

import paramiko

IAC, DONT, DO, WONT, WILL, SB, SE = 255, 254, 253, 252, 251, 250, 240
ECHO, SGA, NAWS = 1, 3, 31


class Terminal:
    """Characters in, text out. :attr:`width` is what the peer said its window is."""

    width = 80

    def __init__(self):
        self._buffer = b""

    def key(self):
        """The next character; EOFError when the peer is gone."""
        while not self._buffer:
            data = self._receive()
            if not data:
                raise EOFError("the peer closed the terminal")
            self._buffer = data
        char, self._buffer = self._buffer[:1], self._buffer[1:]
        return char.decode("latin-1")

    def pending(self):
        """Is a character waiting already?"""
        return bool(self._buffer)

    def write(self, text):
        """Send text, as the device's own character set (UTF-8 here)."""
        raise NotImplementedError

    def _receive(self):
        raise NotImplementedError


class TelnetTerminal(Terminal):
    def __init__(self, sock):
        super().__init__()
        self._sock = sock
        self._command = b""
        # ask for the window size, say that this side echoes
        sock.sendall(bytes([IAC, WILL, ECHO, IAC, WILL, SGA, IAC, DO, NAWS]))

    def write(self, text):
        self._sock.sendall(text.encode("utf-8", "surrogateescape").replace(b"\xff", b"\xff\xff"))

    def _receive(self):
        while True:
            data = self._sock.recv(4096)
            if not data:
                return b""
            plain = self._strip(self._command + data)
            if plain:
                return plain

    def _strip(self, data):
        plain, i = bytearray(), 0
        self._command = b""
        while i < len(data):
            if data[i] != IAC:
                plain.append(data[i])
                i += 1
                continue
            length = self._command_length(data[i:])
            if not length:  # the rest of the command has not arrived yet
                self._command = data[i:]
                break
            if data[i + 1] == IAC:
                plain.append(IAC)
            elif data[i + 1] == SB and data[i + 2] == NAWS:
                self.width = int.from_bytes(data[i + 3 : i + 5], "big") or 80
            i += length
        return bytes(plain)

    @staticmethod
    def _command_length(data):
        if len(data) < 2:
            return 0
        if data[1] == SB:
            end = data.find(bytes([IAC, SE]))
            return end + 2 if end > 0 else 0
        if data[1] in (DO, DONT, WILL, WONT):
            return 3 if len(data) >= 3 else 0
        return 2


class SshTerminal(Terminal):
    def __init__(self, channel, width):
        super().__init__()
        self._channel = channel
        self.width = width

    def write(self, text):
        self._channel.sendall(text.encode("utf-8", "surrogateescape"))

    def _receive(self):
        return self._channel.recv(4096)


class SshServer(paramiko.ServerInterface):
    """Password (and keyboard-interactive, which some firmwares insist on) for one account."""

    def __init__(self, username, password):
        self._account = (username, password)
        self.shell = threading.Event()
        self.width = 80

    def check_auth_password(self, username, password):
        return (
            paramiko.AUTH_SUCCESSFUL
            if (username, password) == self._account
            else paramiko.AUTH_FAILED
        )

    def get_allowed_auths(self, username):
        return "password"

    def check_channel_request(self, kind, chanid):
        return (
            paramiko.OPEN_SUCCEEDED
            if kind == "session"
            else paramiko.OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED
        )

    def check_channel_pty_request(
        self, channel, term, width, height, pixelwidth, pixelheight, modes
    ):
        self.width = width or 80
        return True

    def check_channel_shell_request(self, channel):
        self.shell.set()
        return True


# what an MA5600T or a C300 of 2012 offers, and nothing newer
LEGACY = {
    "kex": ("diffie-hellman-group14-sha1", "diffie-hellman-group1-sha1"),
    "ciphers": ("aes128-cbc", "3des-cbc"),
    "digests": ("hmac-sha1",),
    "key_types": ("ssh-rsa",),
}
_keys = {}


def host_key():
    """One RSA host key per process: making one takes half a second."""
    if "rsa" not in _keys:
        _keys["rsa"] = paramiko.RSAKey.generate(2048)
    return _keys["rsa"]


def accept_ssh(sock, username, password, legacy=False, timeout=10):
    """Negotiate, authenticate and open the shell. Returns (transport, terminal), or None when the
    peer gave up.
    """
    transport = paramiko.Transport(sock)
    transport.daemon = True
    transport.add_server_key(host_key())
    if legacy:
        options = transport.get_security_options()
        for name, values in LEGACY.items():
            setattr(options, name, values)
    server = SshServer(username, password)
    try:
        transport.start_server(server=server)
        channel = transport.accept(timeout)
    except (TimeoutError, paramiko.SSHException, EOFError, OSError):
        channel = None
    if channel is None or not server.shell.wait(timeout):
        transport.close()
        return None
    return transport, SshTerminal(channel, server.width)
