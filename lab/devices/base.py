"""What every device of the lab has in common: an address, a life cycle, faults, a log of what it
was asked.
"""

import socket
import struct
import threading

from .faults import Faults


class Device:
    """A stand-in that listens on the loopback interface.

    :param port: 0 takes a free one; read :attr:`port` afterwards
    """

    name = "device"

    def __init__(self, port=0, host="127.0.0.1"):
        self.host = host
        self.port = port
        self.faults = Faults()
        self.log = []  # (what, detail): every request, in order, for tests and for people
        self.connections = 0  # accepted since the start
        self._threads = []

    def start(self):
        """Listen and serve in threads. Returns self, so that it can be chained."""
        raise NotImplementedError

    def stop(self):
        """Close everything. Safe to call twice."""
        raise NotImplementedError

    def __enter__(self):
        return self.start()

    def __exit__(self, *exc):
        self.stop()

    @property
    def url(self):
        return f"{self.name}://{self.host}:{self.port}"


class TcpDevice(Device):
    """A device with one thread per TCP connection; subclasses implement :meth:`serve`."""

    def __init__(self, port=0, host="127.0.0.1"):
        super().__init__(port, host)
        self._listener = None
        self._open = set()
        self._lock = threading.Lock()

    def start(self):
        self._listener = socket.create_server((self.host, self.port), backlog=256)
        self.port = self._listener.getsockname()[1]
        self._spawn(self._accept, self._listener)
        return self

    def stop(self):
        listener, self._listener = self._listener, None
        if listener:
            # shutdown wakes the thread that is blocked in accept(); close alone does not
            _quietly(listener.shutdown, socket.SHUT_RDWR)
            listener.close()
        self.faults.clear()
        self.drop_connections()

    def drop_connections(self):
        """What a power cut does to whoever is connected."""
        with self._lock:
            sockets, self._open = self._open, set()
        for sock in sockets:
            _quietly(sock.shutdown, socket.SHUT_RDWR)

    def serve(self, sock):
        """Talk on a connected socket until the peer goes away. Runs in its own thread."""
        raise NotImplementedError

    def _spawn(self, target, *args):
        threading.Thread(target=target, args=args, name=self.name, daemon=True).start()

    def _accept(self, listener):
        while True:
            try:
                sock, _peer = listener.accept()
            except OSError:
                return  # stopped
            if self.faults.take("refuse"):
                reset(sock)
                continue
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self.connections += 1
                self._open.add(sock)
            self._spawn(self._serve, sock)

    def _serve(self, sock):
        try:
            self.serve(sock)
        except (EOFError, OSError):
            pass  # the peer, or stop(), closed the connection: the normal end
        finally:
            with self._lock:
                self._open.discard(sock)
            sock.close()


def reset(sock):
    """Close with RST, which the peer sees as "connection reset" and not as an orderly end."""
    _quietly(sock.setsockopt, socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def _quietly(function, *args):
    try:
        function(*args)
    except OSError:
        pass  # already closed by the other side
