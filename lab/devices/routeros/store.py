"""What a router holds: menus of rows, with the rules and the texts of the device."""

import ipaddress
import itertools
import threading

from .menus import MENUS, REFERENCES
from .query import matches, normal


class Trap(Exception):
    """What the router answers with !trap. `category` as in the API manual (0 missing, 1 argument,
    ...).
    """

    def __init__(self, message, category=None):
        super().__init__(message)
        self.message = message
        self.category = category


TEXT_LIMIT = 4096


class Table:
    """The rows of one menu, in order of creation, with an index on the menu's key."""

    def __init__(self, menu):
        self.menu = menu
        self.rows = {}
        self.index = {}

    def insert(self, row):
        self.rows[row[".id"]] = row
        self.index.setdefault(row.get(self.menu.key), set()).add(row[".id"])

    def update(self, row, values):
        self._unindex(row)
        row.update(values)
        self.index.setdefault(row.get(self.menu.key), set()).add(row[".id"])

    def delete(self, row_id):
        row = self.rows.pop(row_id)
        self._unindex(row)
        return row

    def _unindex(self, row):
        ids = self.index.get(row.get(self.menu.key))
        if ids:
            ids.discard(row[".id"])

    def candidates(self, queries):
        """Rows worth testing: one bucket of the index when the query pins the key."""
        prefix = f"?{self.menu.key}="
        if not any(q.startswith("?#") for q in queries):
            for query in queries:
                if query.startswith(prefix):
                    ids = self.index.get(normal(query[len(prefix) :]), ())
                    return [self.rows[i] for i in sorted(ids, key=lambda i: int(i[1:], 16))]
        return list(self.rows.values())


class Store:
    """The configuration of one router and what only lives in its memory (sessions, dynamic
    entries).
    """

    def __init__(self):
        self.lock = threading.RLock()
        self._sequence = itertools.count(1)
        self.tables = {name: Table(menu) for name, menu in MENUS.items()}
        self.boots = 1
        for name in ("default", "default-encryption"):
            self.add("/ppp/profile", {"name": name})
        self.add(
            "/ppp/profile",
            {"name": "suspended", "rate-limit": "64k/64k", "address-list": "morosos"},
        )
        for name, kind in (("ether1", "ether"), ("ether2", "ether"), ("bridge", "bridge")):
            self._insert(
                "/interface", {"name": name, "type": kind, "mtu": "1500", "running": "true"}
            )
        self.add("/ip/dhcp-server", {"name": "clientes", "interface": "bridge"})

    # ------------------------------------------------------------ what commands do
    def select(self, menu, queries=(), proplist=None):
        with self.lock:
            rows = [
                dict(row) for row in self.tables[menu].candidates(queries) if matches(row, queries)
            ]
        if proplist:
            wanted = proplist.split(",")
            rows = [{key: row[key] for key in wanted if key in row} for row in rows]
        return rows

    def add(self, menu, values):
        rules = MENUS[menu]
        with self.lock:
            if not rules.addable:
                raise Trap("no such command", 0)
            for name in rules.required:
                if not values.get(name):
                    raise Trap(f"missing value(s) of argument(s) {name}", 0)
            values = self._checked(menu, values)
            if rules.unique:
                self._check_unique(menu, values)
            return self._insert(menu, {**rules.defaults, **values})

    def set(self, menu, ids, values):
        with self.lock:
            values = self._checked(menu, values)
            rows = self._rows(menu, ids)
            for row in rows:
                if row.get("dynamic") == "true":
                    raise Trap("failure: can not change dynamic entry")
                if any(name in values for name in MENUS[menu].unique):
                    self._check_unique(menu, {**row, **values}, but=row[".id"])
            for row in rows:
                self.tables[menu].update(row, values)

    def unset(self, menu, ids, name):
        with self.lock:
            if name not in MENUS[menu].known:
                raise Trap("input does not match any value of value-name", 1)
            for row in self._rows(menu, ids):
                row.pop(name, None)

    def remove(self, menu, ids):
        with self.lock:
            rows = self._rows(menu, ids)
            for row in rows:
                if menu == "/ppp/profile" and row["name"] in ("default", "default-encryption"):
                    raise Trap("failure: can not remove default profile")
                self.tables[menu].delete(row[".id"])
                if menu == "/ppp/active":
                    self._hang_up(row)
            return rows

    # ------------------------------------------------------------ what customers do
    def dial(self, name, password=None, address=None, caller_id="02:00:00:00:00:01"):
        """A PPPoE client tries to connect: returns the active row, or None when the router refuses
        it.
        """
        with self.lock:
            secret = next(iter(self.select("/ppp/secret", [f"?name={name}"])), None)
            if not secret or secret["disabled"] == "true":
                return None
            if password is not None and password != secret["password"]:
                return None
            if secret["caller-id"] not in ("", caller_id):
                return None
            for row in self.select("/ppp/active", [f"?name={name}"]):
                self.remove("/ppp/active", row[".id"])
            fixed = secret.get("remote-address", "")
            if not _is_ip(fixed):  # the name of a pool
                fixed = ""
            address = fixed or address or f"10.255.{next(self._sequence) % 250}.2"
            row_id = self._insert(
                "/ppp/active",
                {
                    "name": name,
                    "service": "pppoe",
                    "caller-id": caller_id,
                    "address": address,
                    "uptime": "1s",
                    "session-id": f"0x{0x81000000 + next(self._sequence):x}",
                    "radius": "false",
                },
            )
            profile = next(iter(self.select("/ppp/profile", [f"?name={secret['profile']}"])), {})
            if profile.get("rate-limit"):
                limit = profile["rate-limit"].split()[0]
                self._insert(
                    "/queue/simple",
                    {
                        **MENUS["/queue/simple"].defaults,
                        "name": f"<pppoe-{name}>",
                        "target": f"<pppoe-{name}>",
                        "max-limit": limit,
                        "dynamic": "true",
                    },
                )
            if profile.get("address-list"):
                self._insert(
                    "/ip/firewall/address-list",
                    {
                        "list": profile["address-list"],
                        "address": address,
                        "dynamic": "true",
                        "disabled": "false",
                    },
                )
            return self.tables["/ppp/active"].rows[row_id]

    def reboot(self):
        """Everything dynamic is gone, the configuration is not (RouterOS keeps each change at
        once).
        """
        with self.lock:
            self.boots += 1
            for row in list(self.tables["/ppp/active"].rows.values()):
                self.remove("/ppp/active", row[".id"])
            for table in self.tables.values():
                for row in [row for row in table.rows.values() if row.get("dynamic") == "true"]:
                    table.delete(row[".id"])

    def forget(self, menu=None):
        """The site was restored from an old backup: what people configured in that menu (or all)
        is gone.
        """
        with self.lock:
            for name in [menu] if menu else list(self.tables):
                for row_id, row in list(self.tables[name].rows.items()):
                    if name != "/interface" and row.get("name") not in (
                        "default",
                        "default-encryption",
                    ):
                        self.tables[name].delete(row_id)

    # ------------------------------------------------------------ inside
    def _insert(self, menu, values):
        row_id = f"*{next(self._sequence):X}"
        self.tables[menu].insert({".id": row_id, **values})
        return row_id

    def _hang_up(self, active):
        queues = self.tables["/queue/simple"]
        for row in self.select("/queue/simple", [f"?name=<pppoe-{active['name']}>"]):
            queues.delete(row[".id"])
        lists = self.tables["/ip/firewall/address-list"]
        for row in self.select(
            "/ip/firewall/address-list", [f"?address={active['address']}", "?dynamic=true"]
        ):
            lists.delete(row[".id"])

    def _rows(self, menu, ids):
        table, rows = self.tables[menu], []
        for item in ids.split(","):
            found = [item] if item in table.rows else sorted(table.index.get(item, ()))
            if not found or not item:
                raise Trap("no such item", 0)
            rows += [table.rows[i] for i in found]
        return rows

    def _check_unique(self, menu, values, but=None):
        rules = MENUS[menu]
        for row in self.tables[menu].candidates([f"?{rules.key}={values.get(rules.key)}"]):
            if row[".id"] != but and all(
                row.get(name) == values.get(name) for name in rules.unique
            ):
                raise Trap(rules.duplicate)

    def _checked(self, menu, values):
        checked = {}
        for name, value in values.items():
            if name not in MENUS[menu].known:
                raise Trap("unknown parameter", 1)
            if len(value) > TEXT_LIMIT:
                raise Trap("failure: value too long")
            value = normal(value)
            other = REFERENCES.get((menu, name))
            if other and value != "all" and not self.select(other, [f"?name={value}"]):
                raise Trap(f"input does not match any value of {name}", 1)
            if (
                name == "remote-address"
                and not _is_ip(value)
                and not self.select("/ip/pool", [f"?name={value}"])
            ):
                raise Trap("invalid value of remote-address, an ip address expected", 1)
            if name == "mac-address" and not _is_mac(value):
                raise Trap("invalid value for argument mac-address", 1)
            if name == "address" and menu == "/ip/dhcp-server/lease" and not _is_ip(value):
                raise Trap("invalid value for argument address", 1)
            if name == "max-limit":
                value = _bits(value)
            if name == "target" and _is_ip(value):
                value = f"{value}/128" if ":" in value else f"{value}/32"
            checked[name] = value
        return checked


def _is_mac(text):
    parts = text.split(":")
    return len(parts) == 6 and all(
        len(p) == 2 and set(p) <= set("0123456789abcdefABCDEF") for p in parts
    )


def _is_ip(text):
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _bits(pair):
    """`10M/50M` is stored, and printed back, as bits per second."""
    result = []
    for part in pair.split("/"):
        factor = {"k": 10**3, "M": 10**6, "G": 10**9}.get(part[-1:], 1)
        digits = part[:-1] if factor > 1 else part
        if not digits.isdigit():
            raise Trap("invalid value for argument max-limit", 1)
        result.append(str(int(digits) * factor))
    if len(result) > 2:
        raise Trap("invalid value for argument max-limit", 1)
    return "/".join(result * (3 - len(result)) if len(result) == 1 else result)
