"""A whole suite of its own for a test: database, FreeRADIUS and Odoo, as `./silver up` starts them.

Reached only from outside: XML-RPC, HTTP, RADIUS packets, SQL. `./silver test` names the database
to copy in SILVER_TEMPLATE_DB and the PostgreSQL server in PGHOST, PGPORT and PGUSER.
"""

import os
import shlex
import shutil
import signal
import socket
import subprocess
import threading
import time
import urllib.request
import xmlrpc.client
from pathlib import Path

import psycopg2

ROOT = Path(__file__).resolve().parent.parent
STATE = Path(os.environ.get("SILVER_STATE", ROOT / ".silver"))
VENV = STATE / "venv" / "bin"
ADDONS = f"{ROOT},{ROOT / 'optional'}"


def eventually(check, what, timeout=60):
    """Call ``check`` until it returns something true, and return that; fail after ``timeout`` s."""
    pause, end = threading.Event(), time.monotonic() + timeout
    while True:
        result = check()
        if result:
            return result
        if time.monotonic() > end:
            raise AssertionError(f"after {timeout} s still not: {what}")
        pause.wait(0.1)


def free_port(kind=socket.SOCK_STREAM, run=1):
    """A port on loopback with ``run`` free ones from it on."""
    while True:
        with socket.socket(socket.AF_INET, kind) as first:
            first.bind(("127.0.0.1", 0))
            port = first.getsockname()[1]
            try:
                for offset in range(1, run):
                    with socket.socket(socket.AF_INET, kind) as other:
                        other.bind(("127.0.0.1", port + offset))
            except OSError:
                continue
            return port


class Suite:
    def __init__(self, name):
        self.database = f"run_{name}"
        self.radius_database = f"{self.database}_radius"
        self.port = free_port()
        self.radius_port = free_port(socket.SOCK_DGRAM, run=2)
        self.url = f"http://127.0.0.1:{self.port}"
        self.user, self.password = "admin", "admin"
        self.addons = ADDONS
        self.process = None
        self._uid = None

    # --- life ---

    def create(self):
        self.drop()
        template = os.environ["SILVER_TEMPLATE_DB"]
        self.sql(f'CREATE DATABASE "{self.database}" TEMPLATE "{template}"', "postgres")
        source = STATE / "data" / "filestore" / template
        if source.exists():
            target = source.parent / self.database
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(source, target, copy_function=os.link)
        self.sql(
            "UPDATE isp_radius_server SET auth_port = %s, acct_port = %s"
            " WHERE coalesce(sql_host, '') = ''",
            values=(self.radius_port, self.radius_port + 1),
        )
        return self

    def install(self, *modules):
        """Install modules while no server runs."""
        with open(STATE / "log" / f"{self.database}.install.log", "wb") as log:
            subprocess.run(
                [
                    *(VENV / "python", VENV / "odoo", "server", "-c", ROOT / "odoo.conf"),
                    *(
                        "--data-dir",
                        STATE / "data",
                        "--addons-path",
                        self.addons,
                        "-d",
                        self.database,
                    ),
                    *("--no-http", "--stop-after-init", "--max-cron-threads=0"),
                    *("-i", ",".join(modules)),
                ],
                check=True,
                stdout=log,
                stderr=log,
            )

    def drop(self):
        self.radius("down", check=False)
        for name in (self.database, self.radius_database):
            self.sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)', "postgres")
        shutil.rmtree(STATE / "data" / "filestore" / self.database, ignore_errors=True)

    def start(self, workers=0, cron_threads=2, load=()):
        """:param load: modules to load server-wide besides the usual ones"""
        log = open(STATE / "log" / f"{self.database}.log", "ab")  # noqa: SIM115 (the server's)
        self.process = subprocess.Popen(
            [
                *(VENV / "python", VENV / "odoo", "server", "-c", ROOT / "odoo.conf"),
                *("--data-dir", STATE / "data", "--addons-path", self.addons, "-d", self.database),
                *("--db-filter", f"^{self.database}$", "--http-port", str(self.port)),
                *("--workers", str(workers), "--max-cron-threads", str(cron_threads)),
                *(["--load", ",".join(["base", "rpc", "web", *load])] if load else []),
            ],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        log.close()
        eventually(self.healthy, f"Odoo answers at {self.url}", timeout=240)
        if cron_threads:
            # Odoo looks at its crons a minute after its start; a test does not wait for that
            # (their connection: to "postgres", idle since the commit of its LISTEN)
            listening = (
                "SELECT 1 FROM pg_stat_activity WHERE datname = 'postgres' AND query = 'COMMIT'"
            )
            eventually(lambda: self.sql(listening, "postgres"), "Odoo's cron threads listen")
            self.sql("SELECT pg_notify('cron_trigger', %s)", "postgres", (self.database,))
        return self

    def healthy(self):
        if self.process.poll() is not None:
            raise AssertionError(f"Odoo ended: see {STATE}/log/{self.database}.log")
        try:
            with urllib.request.urlopen(f"{self.url}/web/health?db_server_status=1", timeout=5):
                return True
        except OSError:
            return False

    def stop(self, how=signal.SIGTERM):
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, how)
            self.process.wait(timeout=60)
        self.process = None

    def radius(self, action, check=True):
        """``up`` or ``down``: FreeRADIUS for this suite, by the same functions as ./silver."""
        command = [ROOT / "silver", "_radius", action, self.radius_database]
        if action == "up":
            command += [str(self.radius_port), str(self.radius_port + 1)]
        return subprocess.run(command, cwd=ROOT, check=check, capture_output=True, text=True)

    def take_radius_database_away(self):
        """Nobody can connect to it, and who is connected is thrown out."""
        self.sql(f'ALTER DATABASE "{self.radius_database}" ALLOW_CONNECTIONS false', "postgres")
        self.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
            "postgres",
            (self.radius_database,),
        )

    def bring_radius_database_back(self):
        self.sql(f'ALTER DATABASE "{self.radius_database}" ALLOW_CONNECTIONS true', "postgres")

    # --- as seen from outside ---

    def sql(self, query, database=None, values=None):
        connection = psycopg2.connect(dbname=database or self.database)
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                cursor.execute(query, values)
                return cursor.fetchall() if cursor.description else None
        finally:
            connection.close()

    def rpc(self, model, method, /, *args, **kwargs):
        """XML-RPC as an integration calls it; an error rises as ``xmlrpc.client.Fault``."""
        if self._uid is None:
            common = xmlrpc.client.ServerProxy(f"{self.url}/xmlrpc/2/common", allow_none=True)
            self._uid = common.authenticate(self.database, self.user, self.password, {})
        proxy = xmlrpc.client.ServerProxy(f"{self.url}/xmlrpc/2/object", allow_none=True)
        return proxy.execute_kw(
            self.database, self._uid, self.password, model, method, args, kwargs
        )

    def ref(self, xmlid):
        module, name = xmlid.split(".")
        return self.rpc(
            *("ir.model.data", "search_read"),
            [("module", "=", module), ("name", "=", name)],
            ["res_id"],
        )[0]["res_id"]

    def login(self, username, password, secret, **attributes):
        """Send an Access-Request with radclient.

        :return: (code, {attribute: value}) of the answer; code ``None`` when there was none
        """
        request = {"User-Name": username, "User-Password": password, **attributes}
        lines = ",".join(f'{key.replace("_", "-")} = "{value}"' for key, value in request.items())
        done = subprocess.run(
            [
                *shlex.split(self._radclient()),
                *("-x", "-t", "3", "-r", "2", f"127.0.0.1:{self.radius_port}", "auth", secret),
            ],
            input=lines + "\n",
            capture_output=True,
            text=True,
        )
        answer, code = {}, None
        for line in done.stdout.splitlines():
            if line.startswith("Received "):
                code = line.split()[1]
            elif code and " = " in line:
                key, value = line.strip().split(" = ", 1)
                answer[key] = value.strip('"')
        return code, answer

    def _radclient(self):
        script = f'HERE="{ROOT}"; STATE="{STATE}"; . "{ROOT}/tools/radius.sh"; radclient_cmd'
        return subprocess.run(
            ["bash", "-c", script], check=True, capture_output=True, text=True
        ).stdout
