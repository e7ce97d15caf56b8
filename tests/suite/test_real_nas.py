"""A real NAS: hostapd authenticates a customer by FreeRADIUS and really drops the session.

hostapd (wired 802.1X) and wpa_supplicant from Debian, unpacked by tools/radius.sh; the customer is
in a network namespace of its own at the other end of a cable (veth). It needs a machine where the
tests may make both: root, or CAP_NET_ADMIN and CAP_SYS_ADMIN. Elsewhere it says so and is skipped.
"""

import os
import subprocess

import pytest
from support import ROOT, STATE, eventually, free_port
from test_network_faults import IN_SYNC, NAS_SECRET, Network

CABLE, PLUG, ROOM = "silvernas0", "silvernas1", "silvercustomer"

#: hostapd ends for good, 5 s later, what it has dropped; a session begun meanwhile ends with it
DROPPED, FORGOTTEN = "AP-STA-DISCONNECTED", "deauthenticated due to local deauth request"

HOSTAPD = """\
interface={cable}
driver=wired
logger_stdout=-1
logger_stdout_level=2
ieee8021x=1
use_pae_group_addr=1
own_ip_addr=127.0.0.1
nas_identifier=silver-test
auth_server_addr=127.0.0.1
auth_server_port={auth}
auth_server_shared_secret={secret}
acct_server_addr=127.0.0.1
acct_server_port={acct}
acct_server_shared_secret={secret}
radius_acct_interim_interval=60
radius_das_port={das}
radius_das_client=127.0.0.1 {secret}
radius_das_time_window=300
radius_das_require_event_timestamp=1
radius_das_require_message_authenticator=1
"""
SUPPLICANT = """\
ap_scan=0
network={{
  key_mgmt=IEEE8021X
  eap=MD5
  identity="{username}"
  password="{password}"
  eapol_flags=0
}}
"""


def ip(*args, check=True):
    return subprocess.run(
        ["ip", *args], check=check, capture_output=True, text=True, timeout=30
    ).returncode


@pytest.fixture(scope="module")
def cable():
    """Two ends of a cable, one in a room of its own."""
    try:
        ip("netns", "add", ROOM)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"this machine lets no network namespace be made (needs root): {error}")
    try:
        ip("link", "add", CABLE, "type", "veth", "peer", "name", PLUG)
        ip("link", "set", PLUG, "netns", ROOM)
        ip("link", "set", CABLE, "up")
        ip("-n", ROOM, "link", "set", PLUG, "up")
    except subprocess.CalledProcessError as error:
        ip("netns", "del", ROOM, check=False)
        pytest.skip(f"this machine lets no veth pair be made: {error.stderr}")
    yield
    ip("link", "del", CABLE, check=False)
    ip("netns", "del", ROOM, check=False)


class Site:
    """The NAS, its customer, and the suite behind."""

    def __init__(self, network, folder):
        self.network, self.folder = network, folder
        found = subprocess.run(
            ["bash", ROOT / "tools" / "radius.sh", "nas"],
            env={**os.environ, "SILVER_STATE": str(STATE)},
            check=True,
            capture_output=True,
            text=True,
        ).stdout.split()
        self.root, self.libraries = found
        self.das = free_port()
        self.processes, self.customer = [], None

    def start_nas(self):
        self._run("hostapd", HOSTAPD, ["usr/sbin/hostapd"], das=self.das)
        eventually(lambda: "AP-ENABLED" in self.log("hostapd"), "hostapd is up")

    def dial_in(self, username, password):
        """Plug the customer in, anew: wired 802.1X does not tell who was dropped."""
        if self.customer:
            self.customer.terminate()
            self.customer.wait(10)
            eventually(
                lambda: self.log("hostapd").count(FORGOTTEN) >= self.log("hostapd").count(DROPPED),
                "hostapd has forgotten who was dropped",
            )
        self.customer = self._run(
            "customer",
            SUPPLICANT,
            ["sbin/wpa_supplicant", "-D", "wired", "-i", PLUG, "-c"],
            room=True,
            username=username,
            password=password,
        )

    def _run(self, name, template, command, room=False, **values):
        path = self.folder / f"{name}.conf"
        network = self.network
        path.write_text(
            template.format(
                cable=CABLE,
                secret=NAS_SECRET,
                auth=network.radius_port,
                acct=network.radius_port + 1,
                **values,
            )
        )
        prefix = ["ip", "netns", "exec", ROOM] if room else []
        with open(self.folder / f"{name}.log", "w") as log:
            process = subprocess.Popen(
                [*prefix, f"{self.root}/{command[0]}", *command[1:], str(path)],
                env={**os.environ, "LD_LIBRARY_PATH": self.libraries},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self.processes.append(process)
        return process

    def log(self, name):
        return (self.folder / f"{name}.log").read_text()

    def terms(self, username):
        """:return: ``{number of a session: name of its terms}``"""
        return dict(
            self.network.sql(
                "SELECT radacctid, convert_from(decode(substr(class, 3), 'hex'), 'UTF8')"
                " FROM radacct WHERE username = %s",
                self.network.radius_database,
                (username,),
            )
        )

    def ended_by_the_nas(self, session):
        """:return: whether the NAS accounted for the end of a session (not Silver for it)"""
        return self.network.sql(
            "SELECT acctstoptime IS NOT NULL AND acctterminatecause NOT LIKE 'Silver%%'"
            " FROM radacct WHERE radacctid = %s",
            self.network.radius_database,
            (session,),
        ) == [(True,)]

    def open_session(self, username):
        rows = self.network.sql(
            "SELECT radacctid FROM radacct WHERE username = %s AND acctstoptime IS NULL",
            self.network.radius_database,
            (username,),
        )
        return rows[-1][0] if rows else None

    def stop(self):
        for process in reversed(self.processes):
            process.terminate()
            process.wait(10)


@pytest.fixture(scope="module")
def site(cable, tmp_path_factory):
    running = Network("nas").create()
    place = None
    try:
        running.radius("up")
        running.start(cron_threads=0)
        running.open_executors()
        place = Site(running, tmp_path_factory.mktemp("nas"))
        nas = running.ref("silver_isp.nas_centro")
        running.rpc("isp.nas", "write", [nas], {"coa_port": place.das, "vendor": "other"})
        running.drain()
        place.start_nas()
        yield place
        running.close_executors()
    finally:
        if place:
            place.stop()
        running.stop()
        running.drop()


def test_a_real_session_lives_and_ends(site):
    network = site.network
    (contract,) = contracts = network.contracts("nas real", 1)
    network.drain()
    ((username, password),) = network.users(contracts).items()
    site.dial_in(username, password)
    first = eventually(lambda: site.open_session(username), "the customer is online")
    assert "CTRL-EVENT-EAP-SUCCESS" in site.log("customer")

    network.rpc("isp.contract", "action_suspend", [contract], reason="technical")
    counts = network.drain()
    assert counts["failed"] == 0
    assert "AP-STA-DISCONNECTED" in site.log("hostapd"), "the NAS itself dropped it"
    eventually(lambda: site.ended_by_the_nas(first), "the NAS accounts for its end")

    site.dial_in(username, password)
    second = eventually(lambda: site.open_session(username), "it dials in again")
    eventually(lambda: network.drain()["remaining"] == 0, "nothing is left to do", timeout=30)
    assert network.states(contracts) == IN_SYNC
    policy = network.sql(
        "SELECT policy FROM isp_radius_user WHERE contract_id = %s", values=(contract,)
    )[0][0]
    terms = site.terms(username)
    assert terms[second] == policy, "the new session runs under the suspended terms"
    assert terms[first] != policy


def test_a_nas_without_coa_is_cut_instead(site):
    """hostapd knows no CoA-Request: a change of speed ends the session there."""
    network = site.network
    ((username, password, contract),) = network.sql(
        "SELECT username, password, contract_id FROM isp_radius_user ORDER BY id DESC LIMIT 1"
    )
    nas = network.ref("silver_isp.nas_centro")
    network.rpc("isp.nas", "write", [nas], {"vendor": "mikrotik"})
    network.rpc("isp.contract", "action_resume", [contract], reason="technical")
    eventually(lambda: network.drain()["remaining"] == 0, "the restricted session is ended")
    site.dial_in(username, password)
    before = eventually(lambda: site.open_session(username), "online again")
    plan = network.rpc("isp.contract", "read", [contract], ["product_id"])[0]["product_id"][0]
    other = network.rpc("product.product", "copy", [plan], {"plan_code": "NAS-MAS"})[0]
    network.rpc("product.product", "write", [other], {"download_mbps": 80})
    network.rpc(
        *("isp.plan.price", "create"),
        {"product_id": other, "amount": 12, "effective_from": "2025-01-01"},
    )
    network.rpc("isp.contract", "action_change_plan", [contract], product_id=other)
    eventually(lambda: network.drain()["remaining"] == 0, "nothing is left to do")
    assert network.states([contract]) == IN_SYNC
    said = network.sql(
        "SELECT string_agg(transcript, E'\\n' ORDER BY id) FROM isp_provisioning_attempt"
        " WHERE contract_id = %s",
        values=(contract,),
    )[0][0]
    (changed,) = [line for line in said.splitlines() if "change the speed" in line] or [said]
    assert "CoA-NAK" in changed and "Disconnect-ACK" in changed, said
    assert site.ended_by_the_nas(before)
