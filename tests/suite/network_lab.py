"""A real Odoo with its own executors and demo data, and the lab: what both say of a contract."""

import json
import sys
from contextlib import contextmanager

from support import ROOT, Suite, eventually

if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from lab.devices.demo import Link, Odoo  # noqa: E402
from lab.devices.provider import Provider  # noqa: E402

SOON = 180  # seconds; the machine of a test run is a busy one


class Network:
    """Silver and the lab, and what is on the devices for a contract."""

    def __init__(self, suite, provider, credentials):
        self.suite, self.provider = suite, provider
        self.link = Link(Odoo(credentials), provider)
        self.olt = provider.devices["huawei-centro"]
        self.router = provider.devices["mikrotik-centro"]

    def contract(self, name):
        fields = ["state", "onu_id", "product_id", "olt_port_id", "network_state"]
        row = self.suite.rpc("isp.contract", "search_read", [("name", "=", name)], fields)[0]
        if row["onu_id"]:
            row["serial"] = self.suite.rpc("isp.onu", "read", [row["onu_id"][0]], ["gpon_serial"])[
                0
            ]["gpon_serial"]
        return row

    def ont(self, serial):
        return self.olt.plant.by_serial(serial)

    def flows(self, serial):
        """(VLAN, upload, download) of the service ports of an ONU that is switched on."""
        ont = self.ont(serial)
        if not ont or not ont.enabled:
            return []
        rows = self.olt.plant.service_ports.values()
        return [(r["vlan"], r["in"], r["out"]) for r in rows if r["place"] == ont.place]

    def queue(self, name):
        rows = self.router.store.select("/queue/simple", [f"?name=silver-{name}"])
        return rows[0]["max-limit"] if rows else None

    def blocked(self, name):
        rows = self.router.store.select("/ip/firewall/address-list")
        return any(row.get("comment") == f"silver:{name}" for row in rows)

    def verb(self, contract, verb, **kwargs):
        return self.suite.rpc("isp.contract", verb, [contract["id"]], **kwargs)

    def eventually(self, check, what, push=True):
        """Wait; what failed on the way is tried again at once, as an operator's click does."""
        count = [0]

        def look():
            result = check()
            count[0] += 1
            if not result and push and count[0] % 20 == 0:
                self.push()
            return result

        return eventually(look, what, SOON)

    def push(self):
        devices = self.suite.rpc("isp.provisioning.device", "search", [("failures", ">", 0)])
        if devices:
            self.suite.rpc("isp.provisioning.device", "action_try_now", devices)
        waiting = self.suite.rpc(
            "isp.provisioning.target",
            "search",
            [("state", "in", ["pending", "failed"]), ("attempts", ">", 0)],
        )
        if waiting:
            self.suite.rpc("isp.provisioning.target", "action_retry", waiting)

    def quiet(self):
        """Nothing waits and nothing needs attention."""
        domain = [("state", "in", ["pending", "failed", "drift"])]
        domain += [("kind", "in", ["olt", "mikrotik", "uisp"])]
        return not self.suite.rpc("isp.provisioning.target", "search_count", domain)

    def linked(self):
        """All of the demo data is on the devices."""
        if not self.link.before:
            count = self.suite.rpc("isp.olt", "search_count", [("provisioning_mode", "!=", "off")])
            assert count == 0
            assert len(self.link.on()) == 6
        self.eventually(self.quiet, "the demo data is on the devices")
        return self


@contextmanager
def running(name, folder):
    """A :class:`Network` that is not linked yet."""
    suite = Suite(name).create()
    try:
        suite.radius("up")
        suite.start()
        credentials = folder / "credentials.json"
        values = {"url": suite.url, "database": suite.database, "user": suite.user}
        credentials.write_text(json.dumps({**values, "password": suite.password}))
        with Provider({}) as provider:
            yield Network(suite, provider, credentials)
    finally:
        suite.stop()
        suite.drop()
