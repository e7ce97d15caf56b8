"""Points the demo data of a running Silver at the lab, and away from it again.

Through XML-RPC, with the file that ``./silver up`` leaves for scripts. Only records of the demo
data are touched, found by their external names; done twice it is the same as once. While no lab
runs, the demo devices are nobody's: Silver does not try to reach them.
"""

import contextlib
import json
import xmlrpc.client
from dataclasses import dataclass

#: device of the lab -> (external name of the demo record, what only this one needs)
OLTS = {
    "huawei-centro": ("silver_isp.olt_centro", {"native_vlan": True}),
    "vsol-sur": ("silver_isp.olt_sur", {"enable_secret": "lab-enable"}),
    "zte-norte": ("silver_provisioning.olt_norte", {}),
    "smartolt": ("silver_provisioning.olt_centro_2", {"use_tls": False}),
}
ROUTERS = {
    "mikrotik-centro": ("silver_isp.nas_centro", {"customer_mode": "queue", "use_tls": False}),
    "uisp": ("silver_provisioning.nas_uisp", {}),
}
VLAN = 100
OFF = {"provisioning_mode": "off", "snmp_version": False}
AGENTS = {
    "huawei-centro": "snmp-centro",
    "vsol-sur": "snmp-sur",
    "zte-norte": "snmp-norte",
    "mikrotik-centro": "snmp-bras",
}
NEW_ONUS = 2  # that nobody knows, on each OLT


class NoOdoo(Exception):
    """There is no Silver with demo data to point at the lab; the text says why."""


class Odoo:
    """XML-RPC as an administrator of the demo database."""

    def __init__(self, credentials):
        try:
            with open(credentials, encoding="utf-8") as file:
                values = json.load(file)
            self.url, self.database = values["url"], values["database"]
            self.password = values["password"]
            common = self._proxy("common")
            self.uid = common.authenticate(self.database, values["user"], self.password, {})
        except (OSError, ValueError, KeyError, TypeError, xmlrpc.client.Error) as problem:
            raise NoOdoo(f"Silver is not running here ({type(problem).__name__})") from None
        if not self.uid:
            raise NoOdoo("the administrator's password was changed")

    def _proxy(self, service):
        return xmlrpc.client.ServerProxy(f"{self.url}/xmlrpc/2/{service}", allow_none=True)

    def call(self, model, method, *args, **kwargs):
        return self._proxy("object").execute_kw(
            self.database, self.uid, self.password, model, method, args, kwargs
        )

    def ref(self, name):
        """Id of a demo record, None when it is not there."""
        module, _dot, name = name.partition(".")
        rows = self.call(
            *("ir.model.data", "search_read"),
            [("module", "=", module), ("name", "=", name)],
            ["res_id"],
        )
        return rows[0]["res_id"] if rows else None


@dataclass
class Link:
    """The demo data of one Silver and the devices of one lab."""

    odoo: Odoo
    provider: object

    def __post_init__(self):
        self.before = []  # (model, id, address, port) to restore

    def on(self):
        """Plug the customers' ONUs in, then let Silver configure the devices.

        :return: list of texts: what points where
        """
        told = []
        for name, (xmlid, extra) in {**OLTS, **ROUTERS}.items():
            model = "isp.olt" if name in OLTS else "isp.nas"
            record, extra = self.odoo.ref(xmlid), dict(extra)
            if not record:
                continue
            device = self.provider.devices[name]
            if model == "isp.olt":
                self._plug(record, device)
                extra |= {"service_vlan": VLAN, "suspend_here": True}
            row = self.odoo.call(
                model, "read", [record], ["name", "management_address", "management_port"]
            )[0]
            self.before.append((model, record, row["management_address"], row["management_port"]))
            self.odoo.call(
                *(model, "write", [record]),
                {
                    "management_address": device.host,
                    "management_port": device.port,
                    "provisioning_mode": "on",
                    **self._login(name, device),
                    **extra,
                },
            )
            told.append(f"{row['name']} -> {name}")
        if not told:
            raise NoOdoo("the database has no demo data")
        with contextlib.suppress(xmlrpc.client.Error):  # nobody lights up anywhere: no news
            self.odoo.call("isp.onu.discovered", "action_look")
        return told

    def _login(self, name, device):
        """How Silver logs in there, and what reads it."""
        values = {
            "username": getattr(device, "username", None) or getattr(device, "user", False),
            "password": getattr(device, "password", False),
            "api_token": getattr(device, "token", None) or getattr(device, "app_key", False),
            "ca_pem": getattr(device, "certificate", False) or False,
        }
        if name in AGENTS:
            agent = self.provider.devices[AGENTS[name]]
            values |= {"snmp_port": agent.port, "snmp_community": agent.community}
            values["snmp_version"] = "2c"
        if hasattr(device, "transport"):
            values["transport"] = device.transport
        return values

    def off(self):
        """Silver leaves the devices alone; they get their addresses back."""
        for model, record, address, port in self.before:
            with contextlib.suppress(OSError, xmlrpc.client.Error):  # Silver may be gone before us
                values = {"management_address": address, "management_port": port}
                self.odoo.call(model, "write", [record], {**OFF, **values})
        self.before.clear()

    def _plug(self, olt, device):
        """The fibre of the demo data: each customer's ONU on his port, and some nobody knows."""
        ports = self.odoo.call(
            *("isp.olt.card.port", "search_read"),
            [("olt_id", "=", olt)],
            ["number", "card_id"],
        )
        cards = self.odoo.call("isp.olt.card", "search_read", [("olt_id", "=", olt)], ["slot"])
        slots = {card["id"]: card["slot"] for card in cards}
        place = {port["id"]: (slots[port["card_id"][0]], port["number"]) for port in ports}
        contracts = self.odoo.call(
            *("isp.contract", "search_read"),
            [("olt_port_id", "in", list(place)), ("state", "!=", "cancelled")],
            ["olt_port_id", "onu_id", "state"],
            order="id",
        )
        onus = self.odoo.call(
            *("isp.onu", "read"),
            [row["onu_id"][0] for row in contracts if row["onu_id"]],
            ["gpon_serial"],
        )
        serials = {onu["id"]: onu["gpon_serial"] for onu in onus}
        external = self.odoo.call("isp.olt", "read", [olt], ["external_id"])[0]["external_id"]
        maker, plug = _fibre(device, set(place.values()), external or "1")
        waiting = [row["olt_port_id"][0] for row in contracts if not row["onu_id"]]
        for row in contracts:
            serial = row["onu_id"] and serials.get(row["onu_id"][0])
            if serial:
                plug(serial, *place[row["olt_port_id"][0]])
        taken = waiting + [row["olt_port_id"][0] for row in contracts] + list(place)
        for number, port in enumerate(taken[:NEW_ONUS], 1):
            plug(f"{maker}{2026 + olt:04d}{number:04X}", *place[port])


def _fibre(device, places, olt_id):
    """An OLT of the lab without a single ONU, and with these places.

    :return: (maker of its ONUs, function that plugs a serial number into a card and port)
    """
    plant = getattr(device, "plant", None)
    if not plant:  # a controller: it knows ONUs by the OLT they are on
        device.unconfigured.clear()

        def plug(serial, slot, port):
            device.plug(serial, slot, port, olt_id=olt_id)

        return "HWTC", plug
    with plant.lock:
        plant.slots = tuple(sorted({slot for slot, _number in places}))
        plant.ports = 1 + max((number for _slot, number in places), default=15)
        maker = next(iter(plant.lights), "HWTC")[:4]
        plant.lights.clear()
    return maker, plant.connect


def off(credentials):
    """Without a lab: let Silver leave the demo devices alone (the lab was killed, for example)."""
    odoo = Odoo(credentials)
    for name, (xmlid, _extra) in {**OLTS, **ROUTERS}.items():
        record = odoo.ref(xmlid)
        if record:
            model = "isp.olt" if name in OLTS else "isp.nas"
            odoo.call(model, "write", [record], OFF)
