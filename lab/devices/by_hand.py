"""A router as a provider brings it: customers of the demo data written on it by hand, without our
mark, for *Take Over What Is There* (``docs/es/red.md``).

Silver is only told how to log in: it configures nothing there until somebody says so.
"""

import contextlib
import unicodedata
import xmlrpc.client
from dataclasses import dataclass, field

NAS = "silver_isp.nas_sur"
DEVICE = "mikrotik-sur-tls"
#: not the address of the other router of the lab, which RADIUS knows
HOST = "localhost"


@dataclass
class ByHand:
    """The demo data's BRAS Sur and a router of the lab."""

    odoo: object  # demo.Odoo
    router: object
    before: dict = field(default_factory=dict)

    def on(self):
        """Write the customers on the router and let Silver log in.

        :return: a text for who started the lab, or None when there is no demo data
        """
        nas = self.odoo.ref(NAS)
        if not nas:
            return None
        places = ["management_address", "management_port"]
        row = self.odoo.call("isp.nas", "read", [nas], ["name", "base_station_id", *places])[0]
        self.before = {name: row[name] for name in places}
        self._write_customers(row["base_station_id"][0])
        self.odoo.call(
            *("isp.nas", "write", [nas]),
            {
                "management_address": HOST,
                "management_port": self.router.port,
                "username": self.router.user,
                "password": self.router.password,
                "use_tls": bool(self.router.certificate),
                "ca_pem": self.router.certificate or False,
                "customer_mode": "ppp",
            },
        )
        return f"{row['name']}: its customers are written by hand; “Take Over What Is There”"

    def off(self):
        """The demo router gets its address back and is nobody's."""
        nas = self.before and self.odoo.ref(NAS)
        if nas:
            values = {"provisioning_mode": "off", "customer_mode": "list", **self.before}
            with contextlib.suppress(OSError, xmlrpc.client.Error):  # Silver may be gone before us
                self.odoo.call("isp.nas", "write", [nas], values)

    def _write_customers(self, base):
        add = self.router.store.add
        rows = self.odoo.call(
            *("isp.contract", "search_read"),
            [("base_station_id", "=", base), ("state", "in", ["active", "suspended"])],
            ["name", "partner_id", "ip_address"],
            order="id",
        )
        gone = self.odoo.call(
            "isp.contract", "search_read", [("state", "=", "cancelled")], ["name"], limit=1
        )
        add("/ppp/profile", {"name": "50 megas", "rate-limit": "10M/50M"})
        for number, row in enumerate(rows):
            customer = row["partner_id"][1]
            user = {"name": _slug(customer), "password": f"casa{number}", "profile": "50 megas"}
            # the number is in the comment of some; others are known by their address
            user["comment"] = f"{customer} {row['name']}" if number % 2 == 0 else customer
            if row["ip_address"]:
                user["remote-address"] = row["ip_address"].partition("/")[0]
            add("/ppp/secret", user)
            self.router.store.dial(user["name"])
        people = [("oficina", "oficina, no tocar")]
        people += [("viejo", f"se fue {row['name']}") for row in gone]
        if len(rows) > 1:
            people.append(("dudoso", f"{rows[0]['name']} o {rows[1]['name']}"))
        for name, comment in people:
            add("/ppp/secret", {"name": name, "password": "clave", "comment": comment})


def _slug(name):
    """A PPP user as people make them: first name and surname without accents."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return ".".join(plain.lower().split()[:2])
