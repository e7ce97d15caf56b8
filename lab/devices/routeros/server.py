"""The RouterOS API service (8728, or 8729 with TLS) in front of a :class:`Store`."""

import hashlib
import os
import ssl

from ..base import TcpDevice
from ..tls import self_signed
from .menus import MENUS
from .query import normal
from .store import Store, Trap
from .wire import encode_sentence, read_sentence

HIDDEN = ("password", "response")


class Router(TcpDevice):
    """A MikroTik router that can be configured through its API.

    :param login: `plain` (RouterOS 6.43 and later) or `challenge`
    :param empty: send `!empty` before `!done` when a print finds nothing (RouterOS 7.18 and later)
    :param read_only: the user has no write policy
    :param tls: speak TLS; :attr:`certificate` is the PEM to trust
    """

    name = "routeros"

    def __init__(
        self,
        port=0,
        user="silver",
        password="lab-router",
        version="7.19.4",
        login="plain",
        empty=True,
        tls=False,
        identity="bras-norte",
        read_only=False,
        host="127.0.0.1",
    ):
        super().__init__(port, host)
        self.user, self.password = user, password
        self.version, self.login_mode, self.empty, self.identity = version, login, empty, identity
        self.read_only = read_only
        self.store = Store()
        self.certificate = self._tls = None
        if tls:
            self._tls, self.certificate = self_signed(host)

    def power_cycle(self):
        """Reboot now: connections and dynamic entries are lost."""
        self.store.reboot()
        self.drop_connections()

    def serve(self, sock):
        if self._tls:
            try:
                sock = self._tls.wrap_socket(sock, server_side=True)
            except ssl.SSLError:
                return
        with sock, sock.makefile("rb", buffering=65536) as stream:
            session = _Session(self, sock)
            while session.answer(read_sentence(stream)):
                pass


class _Session:
    def __init__(self, router, sock):
        self.router, self.sock = router, sock
        self.authenticated = False
        self.challenge = None

    def send(self, sentences, tag):
        suffix = [] if tag is None else [f".tag={tag}"]
        self.sock.sendall(b"".join(encode_sentence([*words, *suffix]) for words in sentences))

    def answer(self, words):
        """Do what the sentence says and answer it. False ends the connection."""
        command, attributes, queries, tag = _parse(words)
        faults = self.router.faults
        shown = {k: "***" if k in HIDDEN else v for k, v in attributes.items()}
        self.router.log.append((command, shown, queries))
        if faults.take("hang", command):
            faults.wait()
            return False
        if fault := faults.take("slow", command):
            faults.wait(fault.seconds)
        if faults.take("drop", command):
            return False
        if faults.take("fatal", command):
            self.send([["!fatal", "session terminated on request"]], None)
            return False
        try:
            if command == "/login":
                reply = self._login(attributes)
            elif not self.authenticated:
                self.send([["!fatal", "not logged in"]], None)
                return False
            elif command == "/quit":
                self.send([["!fatal", "session terminated on request"]], None)
                return False
            elif fault := faults.take("error", command):
                raise Trap(fault.text or "failure: action failed")
            elif faults.take("forget", command):
                reply = [["!done"]]
            else:
                reply = self._execute(command, attributes, queries)
        except Trap as trap:
            category = [] if trap.category is None else [f"=category={trap.category}"]
            reply = [["!trap", *category, f"=message={trap.message}"], ["!done"]]
        if faults.take("drop_after", command):
            return False
        if faults.take("reboot", command):
            self.router.power_cycle()
            return False
        self.send(reply, tag)
        return True

    def _login(self, attributes):
        router = self.router
        challenged = router.login_mode == "challenge"
        if "response" not in attributes and ("name" not in attributes or challenged):
            # before 6.43 a password in the clear was not looked at: the answer is a challenge
            if not challenged:
                raise Trap("invalid user name or password (6)")
            self.challenge = os.urandom(16)
            return [["!done", f"=ret={self.challenge.hex()}"]]
        if "response" in attributes and self.challenge:
            expected = (
                "00" + hashlib.md5(b"\0" + router.password.encode() + self.challenge).hexdigest()
            )
            good = attributes["response"] == expected
        else:
            good = router.login_mode == "plain" and attributes.get("password") == router.password
        if not good or attributes["name"] != router.user:
            raise Trap("invalid user name or password (6)")
        self.authenticated = True
        return [["!done"]]

    def _execute(self, command, attributes, queries):
        router, store = self.router, self.router.store
        menu, _slash, verb = command.rpartition("/")
        if command == "/cancel":
            return [["!done"]]
        if menu in ("/system/identity", "/system/resource") and verb == "print":
            row = (
                {"name": router.identity}
                if menu.endswith("identity")
                else {
                    "uptime": f"{store.boots}h",
                    "version": f"{router.version} (stable)",
                    "board-name": "CHR",
                    "cpu-load": "3",
                    "free-memory": "1006632960",
                    "total-memory": "1073741824",
                }
            )
            return [["!re", *(f"={k}={v}" for k, v in row.items())], ["!done"]]
        if menu not in MENUS:
            raise Trap("no such command prefix", 0)
        if verb in ("print", "getall"):
            rows = store.select(menu, queries, attributes.get(".proplist"))
            if "count-only" in attributes:
                return [["!done", f"=ret={len(rows)}"]]
            reply = [["!re", *(f"={k}={v}" for k, v in row.items())] for row in rows]
            if not rows and router.empty:
                reply.append(["!empty"])
            return [*reply, ["!done"]]
        if router.read_only:
            raise Trap("not enough permissions (9)")
        if verb == "add":
            return [["!done", f"=ret={store.add(menu, attributes)}"]]
        if verb not in ("set", "unset", "remove", "enable", "disable"):
            raise Trap("no such command", 0)
        ids = attributes.pop(".id", None) or attributes.pop("numbers", None)
        if not ids:
            raise Trap(
                "no such item" if verb != "set" else "missing value(s) of argument(s) .id", 0
            )
        if verb == "remove":
            store.remove(menu, ids)
        elif verb == "unset":
            store.unset(menu, ids, attributes.get("value-name", ""))
        elif verb == "set":
            store.set(menu, ids, attributes)
        else:
            store.set(menu, ids, {"disabled": normal("yes" if verb == "disable" else "no")})
        return [["!done"]]


def _parse(words):
    attributes, queries, tag = {}, [], None
    for word in words[1:]:
        if word.startswith(".tag="):
            tag = word[5:]
        elif word.startswith("="):
            key, _eq, value = word[1:].partition("=")
            attributes[key] = value
        elif word.startswith("?"):
            queries.append(word)
    return words[0], attributes, queries, tag
