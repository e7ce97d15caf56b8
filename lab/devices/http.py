"""What the HTTP stand-ins share: routing, JSON, faults."""

import json
import re
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from .base import Device
from .tls import self_signed


class Reply(Exception):
    """Raised, or returned, to answer with a status and a JSON body."""

    def __init__(self, status, body, headers=()):
        super().__init__(status)
        self.status, self.body, self.headers = status, body, dict(headers)


def route(method, pattern):
    """Mark a method as the answer to `method` on paths that match; groups become arguments after
    the request.
    """

    def mark(function):
        function.route = (method, re.compile(pattern + r"\Z"))
        return function

    return mark


class Request:
    def __init__(self, method, path, query, headers, body):
        self.method, self.path, self.query, self.headers, self.body = (
            method,
            path,
            query,
            headers,
            body,
        )

    def value(self, name, default=None):
        return self.query.get(name, [default])[0]


class HttpDevice(Device):
    """A REST service on loopback.

    :param tls: self-signed, as UISP comes; :attr:`certificate` is the PEM to trust
    """

    name = "http"

    def __init__(self, port=0, tls=False, host="127.0.0.1"):
        super().__init__(port, host)
        self.certificate = self._tls = None
        if tls:
            self._tls, self.certificate = self_signed(host)
        self.lock = threading.RLock()
        self._server = None
        self._routes = [
            (*method.route, method)
            for method in (
                getattr(self, name) for name in dir(type(self)) if not name.startswith("__")
            )
            if hasattr(method, "route")
        ]

    @property
    def url(self):
        return f"{'https' if self._tls else 'http'}://{self.host}:{self.port}"

    def start(self):
        device = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *args):
                """Quiet: the device keeps its own log."""

            def handle_one(self):
                device.connections += 1
                device._handle(self)

            do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = handle_one

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request, client_address):
                """A peer that goes away is not news."""

        self._server = Server((self.host, self.port), Handler)
        if self._tls:
            self._server.socket = self._tls.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_address[1]
        threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name=self.name, daemon=True
        ).start()
        return self

    def stop(self):
        server, self._server = self._server, None
        if server:
            self.faults.clear()
            server.shutdown()
            server.server_close()

    def authorize(self, request):
        """Raise a :class:`Reply` when the caller may not."""

    def error_body(self, text):
        """What this service writes for an error that it sends with status 200."""
        return {"message": text}

    def _handle(self, handler):
        split = urlsplit(handler.path)
        raw = handler.rfile.read(int(handler.headers.get("Content-Length") or 0)).decode()
        if "json" in (handler.headers.get("Content-Type") or ""):
            body = json.loads(raw or "{}")
        else:
            body = {
                key: values[-1] for key, values in parse_qs(raw, keep_blank_values=True).items()
            }
        request = Request(handler.command, split.path, parse_qs(split.query), handler.headers, body)
        what = f"{request.method} {request.path}"
        self.log.append((what, body))
        if self.faults.take("hang", what):
            self.faults.wait()
            handler.close_connection = True
            return
        if fault := self.faults.take("slow", what):
            self.faults.wait(fault.seconds)
        if self.faults.take("drop", what):
            handler.close_connection = True
            return
        if fault := self.faults.take("http", what):
            reply = Reply(int(fault.text), {"message": "injected"})
        elif fault := self.faults.take("inside", what):
            reply = Reply(200, self.error_body(fault.text))
        else:
            reply = self._dispatch(request)
        if self.faults.take("drop_after", what):
            handler.close_connection = True
            return
        data = json.dumps(reply.body).encode()
        try:
            handler.send_response(reply.status)
            for name, value in {
                "Content-Type": "application/json",
                "Content-Length": len(data),
                **reply.headers,
            }.items():
                handler.send_header(name, str(value))
            handler.end_headers()
            handler.wfile.write(data)
        except (ConnectionError, ssl.SSLError):
            handler.close_connection = True

    def _dispatch(self, request):
        try:
            self.authorize(request)
            for method, pattern, function in self._routes:
                match = pattern.match(request.path)
                if match and method == request.method:
                    with self.lock:
                        result = function(request, *match.groups())
                    return result if isinstance(result, Reply) else Reply(200, result)
        except Reply as reply:
            return reply
        return self.not_found(request)

    def not_found(self, request):
        return Reply(404, {"code": 404, "message": "Not found"})
