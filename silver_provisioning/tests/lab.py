"""The real things the tests talk to: FreeRADIUS on loopback, and a router that can misbehave.

FreeRADIUS is Debian's, started by ``tools/radius.sh`` as ``./silver`` does. The router speaks RFC
5176 on a real socket and checks signatures as a router does; it answers as it is told to.
"""

import atexit
import importlib
import os
import re
import shlex
import socket
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import psycopg2
from pyrad.dictionary import Dictionary
from pyrad.packet import CoAPacket

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "tools" / "radius.sh"
DICTIONARY = Dictionary(str(ROOT / "silver_provisioning" / "drivers" / "dictionary.radius"))
NAS_SECRET = "nas-secret-for-tests"
TABLES = "radcheck, radreply, radusergroup, radgroupcheck, radgroupreply, radacct, radpostauth, nas"


def routeros():
    """:return: a router of the device lab, whose API answers inside ``with``"""
    if str(ROOT) not in sys.path:
        sys.path.append(str(ROOT))
    return importlib.import_module("lab.devices.routeros").Router()


def free_udp_port():
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class RadiusLab:
    """A FreeRADIUS with its database, one for the whole test process."""

    _running = {}

    @classmethod
    def get(cls, odoo_database):
        """The lab of a test database, started on first use and removed at the end."""
        name = f"{odoo_database}_radiustest"
        if name not in cls._running:
            cls._running[name] = lab = cls(name)
            atexit.register(lab.stop)
            lab.start()
        return cls._running[name]

    def __init__(self, name):
        self.name = name
        self.auth_port, self.acct_port = free_udp_port(), free_udp_port()
        self._client = None

    def start(self):
        self._script("up", self.name, str(self.auth_port), str(self.acct_port))
        self._client = shlex.split(self._script("client"))

    def stop(self):
        self._script("down", self.name)
        self._admin(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')

    def _script(self, *args):
        done = subprocess.run(
            ["bash", str(SCRIPT), *args], capture_output=True, text=True, timeout=300, check=False
        )
        if done.returncode:
            raise AssertionError(f"tools/radius.sh {' '.join(args)}: {done.stderr}")
        return done.stdout

    @staticmethod
    def _admin(statement, user=None):
        with closing(psycopg2.connect(dbname="postgres", user=user)) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(statement)
                return cursor.fetchall() if cursor.description else []

    # the database ---------------------------------------------------------------
    def sql(self, query, args=None):
        with closing(psycopg2.connect(dbname=self.name)) as connection, connection:
            with connection.cursor() as cursor:
                cursor.execute(query, args)
                return cursor.fetchall() if cursor.description else []

    def clear(self):
        self.sql(f"TRUNCATE {TABLES} RESTART IDENTITY")
        self.sql(
            "INSERT INTO nas (nasname, shortname, secret) VALUES ('127.0.0.1', 'test', %s)",
            (NAS_SECRET,),
        )

    def away(self):
        """The database stops answering: no new connection, and the open ones end."""
        self._admin(f'ALTER DATABASE "{self.name}" ALLOW_CONNECTIONS false')
        users = self._admin(
            f"SELECT DISTINCT usename FROM pg_stat_activity WHERE datname = '{self.name}'"
        )
        for (user,) in users:
            # everybody may end what is his own
            self._admin(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                f" WHERE datname = '{self.name}' AND usename = '{user}'",
                user,
            )

    def back(self):
        self._admin(f'ALTER DATABASE "{self.name}" ALLOW_CONNECTIONS true')

    def log(self):
        state = Path(os.environ.get("SILVER_STATE", ROOT / ".silver"))
        return "".join(
            path.read_text(errors="replace")
            for path in (state / "radius" / self.name / "log").glob("*.log")
        )

    # packets ----------------------------------------------------------------------
    def login(self, username, password):
        """:return: (``Access-Accept``, ``Access-Reject`` or None when it is silent, attributes)"""
        output = self._radclient(
            f'User-Name = "{username}", User-Password = "{password}"', self.auth_port, "auth"
        )
        received = re.search(r"Received (Access-\w+) .*?\n((?:\t.*\n?)*)", output)
        if not received:
            return None, {}
        attributes = dict(
            line.strip().split(" = ", 1) for line in received.group(2).splitlines() if " = " in line
        )
        return received.group(1), {key: value.strip('"') for key, value in attributes.items()}

    def accounting(self, status, username, session, **attributes):
        """Tell FreeRADIUS what a router tells it. ``Class`` is given as the text it was sent."""
        words = {
            "Acct-Status-Type": status,
            "User-Name": f'"{username}"',
            "Acct-Session-Id": f'"{session}"',
            "NAS-IP-Address": "127.0.0.1",
            **{key.replace("_", "-"): value for key, value in attributes.items()},
        }
        if words.get("Class"):
            words["Class"] = "0x" + words["Class"].encode().hex()
        line = ", ".join(f"{key} = {value}" for key, value in words.items())
        output = self._radclient(line, self.acct_port, "acct")
        assert "Received Accounting-Response" in output, output

    def _radclient(self, line, port, kind):
        done = subprocess.run(
            [*self._client, "-x", "-r", "1", "-t", "3", f"127.0.0.1:{port}", kind, NAS_SECRET],
            input=line + "\n",
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        return done.stdout + done.stderr


class Router(threading.Thread):
    """Listens for Disconnect and CoA as a router does.

    :param answer: ``ack`` (and ends the session in the accounting when there is a lab and it is a
        Disconnect), ``ack_only`` (says yes, does nothing), ``silent``, ``wrong_secret`` (answers,
        signed with another secret), ``no_coa`` (ends sessions, refuses to change them), or an
        Error-Cause number for a NAK
    """

    ACK = {40: 41, 43: 44}
    NAK = {40: 42, 43: 45}

    def __init__(self, lab=None, answer="ack"):
        super().__init__(daemon=True)
        self.lab, self.answer = lab, answer
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.requests = []
        self.codes = []  # 40 Disconnect-Request, 43 CoA-Request
        self.unsigned = 0

    def run(self):
        while True:
            try:
                raw, sender = self.socket.recvfrom(4096)
            except OSError:
                return
            if not raw:
                return
            request = CoAPacket(packet=raw, secret=NAS_SECRET.encode(), dict=DICTIONARY)
            if not request.VerifyCoARequest():
                self.unsigned += 1
                continue  # RFC 5176: silently discarded
            self.requests.append({key: request[key][0] for key in request.keys()})
            self.codes.append(request.code)
            self._reply(request, sender)

    def _reply(self, request, sender):
        if self.answer == "silent":
            return
        if self.answer == "wrong_secret":
            request.secret = b"quite another secret"
        reply = request.CreateReply()
        refused = 401 if self.answer == "no_coa" and request.code == 43 else self.answer
        if isinstance(refused, int):
            reply.code = self.NAK[request.code]
            reply["Error-Cause"] = refused
        else:
            reply.code = self.ACK[request.code]
            if self.answer in ("ack", "no_coa") and self.lab and request.code == 40:
                self.lab.accounting(
                    "Stop",
                    request["User-Name"][0],
                    request["Acct-Session-Id"][0],
                    # FreeRADIUS knows a session by these, and by the port
                    NAS_Port=request["NAS-Port"][0] if "NAS-Port" in request else 0,
                    Acct_Terminate_Cause="Admin-Reset",
                )
        self.socket.sendto(reply.ReplyPacket(), sender)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *exc_info):
        # a datagram wakes the thread; closing alone would leave it in recvfrom
        with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as waker:
            waker.sendto(b"", ("127.0.0.1", self.port))
        self.join(5)
        self.socket.close()
