"""What arrives at the devices, as it arrives, and what they hold now: for people who watch."""

import re
import threading
import time

#: Commands that only look, move about or belong to the login.
LOOKS = re.compile(
    r"^(?:display|show|enable|disable|config\w*( terminal)?|conf t|interface|pon-onu-mng|quit|exit|"
    r"end|return|scroll|undo smart|infoswitch|terminal|/login|/\S+/(?:print|getall)|GET|POST user/|"
    r"/system)\b"
)
SECRETS = re.compile(
    r"((?:password|pwd|key|shared_key|token)[ '\":=]+)(?!\*\*\*)([^\s'\",}]+)", re.IGNORECASE
)
_print_lock = threading.Lock()


def hide(text):
    """The text without passwords and keys."""
    return SECRETS.sub(r"\1***", text)


class Arrivals(list):
    """The log of a device that also prints: writes only, or everything when ``reads``."""

    def __init__(self, name, reads=False, out=print):
        super().__init__()
        self.name, self.reads, self.out = name, reads, out

    def append(self, row):
        super().append(row)
        line = describe(row)
        if line and (self.reads or not LOOKS.match(line)):
            with _print_lock:
                self.out(f"{time.strftime('%H:%M:%S')}  {self.name:<18}{line}", flush=True)


def describe(row):
    """One request of any device as a line for people."""
    what, *rest = row
    detail = rest[0] if rest else ""
    if isinstance(detail, dict):  # RouterOS: command, attributes, queries; HTTP: request, body
        detail = " ".join(f"{key}={value}" for key, value in detail.items() if value)
    elif isinstance(detail, (bytes, bytearray)):
        detail = detail.decode("utf-8", "replace")
    if what.startswith("/") or what.partition(" ")[0] in ("GET", "POST", "PATCH", "PUT", "DELETE"):
        return hide(f"{what} {detail}".strip())
    return hide(str(detail))  # command lines: (mode, line)


def watch(provider, reads=False, out=print):
    """Print what arrives at every device from now on."""
    for name, device in provider.devices.items():
        arrivals = Arrivals(name, reads, out)
        list.extend(arrivals, device.log)
        device.log = arrivals


def show(provider, only=""):
    """What the devices hold now, as text."""
    lines = []
    for name, device in provider.devices.items():
        if only and only not in name:
            continue
        if hasattr(device, "store"):
            lines += _router(name, device.store)
        elif hasattr(device, "plant") and hasattr(device, "shell"):
            lines += _olt(name, device.plant)
        elif hasattr(device, "onus"):
            lines += _smartolt(name, device)
        elif hasattr(device, "services"):
            lines += _uisp(name, device)
    return "\n".join(lines) or f"nothing to show for {only!r}"


def _router(name, store):
    secrets = store.select("/ppp/secret")
    queues = store.select("/queue/simple")
    blocked = store.select("/ip/firewall/address-list")
    yield f"{name}: {len(secrets)} PPP users, {len(queues)} queues, {len(blocked)} in address lists"
    for row in secrets:
        off = "  OFF" if row.get("disabled") == "true" else ""
        yield f"    user {row['name']:<24} {row.get('profile', '')}{off}"
    for row in queues:
        yield f"    queue {row['name']:<23} {row.get('target', ''):<20} {row.get('max-limit', '')}"
    for row in blocked:
        yield f"    list {row['list']:<24} {row['address']:<20} {row.get('comment', '')}"


def _olt(name, plant):
    with plant.lock:
        onts = sorted(plant.onts.values(), key=lambda ont: ont.place)
        waiting = plant.unconfigured()
        unsaved = "  (not saved)" if plant.dirty else ""
        yield f"{name}: {len(onts)} ONUs, {len(waiting)} waiting{unsaved}"
        for ont in onts:
            place = "{}/{}:{}".format(*ont.place)
            switched = "on " if ont.enabled else "OFF"
            yield (
                f"    {place:<9} {ont.serial}  {switched} {plant.state(ont):<10}"
                f"VLAN {_vlans(plant, ont):<9} {ont.description}"
            )
        for light in waiting:
            yield f"    {light.slot}/{light.port:<7} {light.serial}  waits to be authorised"


def _smartolt(name, device):
    yield f"{name}: {len(device.onus)} ONUs, {len(device.unconfigured)} waiting"
    for onu in list(device.onus.values()):
        switched = "on " if onu["administrative_status"] == "Enabled" else "OFF"
        place = f"{onu['board']}/{onu['port']}"
        yield (
            f"    {place:<9} {onu['sn']}  {switched} VLAN {onu['vlan']:<5} "
            f"{onu['download']}/{onu['upload']}  {onu['name']}"
        )
    for onu in list(device.unconfigured.values()):
        yield f"    {onu['board']}/{onu['port']:<7} {onu['sn']}  waits to be authorised"


def _uisp(name, device):
    words = {0: "prepared", 1: "active", 2: "ended", 3: "SUSPENDED"}
    yield f"{name}: {len(device.services)} services"
    for row in list(device.services.values()):
        yield f"    service {row['id']:<6} {words[row['status']]:<10} {row['name']}"


def _vlans(plant, ont):
    rows = [str(r["vlan"]) for r in plant.service_ports.values() if r["place"] == ont.place]
    rows += [
        line.split()[-1]
        for line in ont.config.get("lines", {}).values()
        if line.startswith("service-port")
    ]
    return ",".join(rows) or "none"
