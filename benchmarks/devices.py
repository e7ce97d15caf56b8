"""Writing to devices, against the stand-ins of lab/ on loopback. No Odoo, no database.

    python benchmarks/devices.py [ONUS]

1. OLT: authorising ONUS (100) customers in one session, as the engine does, and with a session
   for each. What makes the difference on real equipment is what a session costs besides its
   customers: the login (key exchange, banner, preparation) and the saving. The first line of each
   vendor is with neither (a stand-in answers at once), so it shows only how many lines fewer a
   batch needs; the second with what they take on real equipment at the low end (with sources:
   `lab.devices.olt.cli.REAL_PACE`); the third with a slow OLT. Look, write, save once and read
   back: the whole of `reconcile`. One session for each customer is measured on a tenth of them and
   multiplied.
2. RouterOS: commands a second on one connection, one after the other, each waiting for its answer:
   read-only ones, PPP secrets added, and whole customers (secret, queue, address list) through the
   driver.

Measured on 2 shared cores, under load (2026-11-21, load 3 to 4):

    OLT       login   save             one session   a session each  ratio
    huawei    0.0 s  0.0 s      2.33 s (  706 lines)           8.54 s    3.7   saves: 1
    huawei    0.5 s  1.0 s      3.70 s (  707 lines)         164.28 s   44.4   saves: 1
    huawei    2.0 s  5.0 s      9.75 s (  706 lines)         712.51 s   73.1   saves: 1
    zte       0.0 s  0.0 s      2.57 s ( 1411 lines)           4.92 s    1.9   saves: 1
    zte       0.5 s  1.0 s      4.41 s ( 1411 lines)         162.69 s   36.9   saves: 1
    zte       2.0 s  5.0 s      9.86 s ( 1411 lines)         710.53 s   72.0   saves: 1
    vsol      0.0 s  0.0 s      2.36 s (  813 lines)          12.29 s    5.2   saves: 1
    vsol      0.5 s  1.0 s      3.52 s (  814 lines)         166.19 s   47.2   saves: 1
    vsol      2.0 s  5.0 s      8.21 s (  813 lines)         719.12 s   87.6   saves: 1
    RouterOS, 2,000 new customers looked up, written, read back: 3.5 s
    RouterOS, reads   12690 commands/s
    RouterOS, adds     7589 commands/s

With a login and a save that cost nothing a batch is 2 to 6 times faster, and not more: a ZTE needs
14 lines for each new ONU whatever the session (24 in a session of its own), and in this process
the stand-in takes as long for a line as the driver. The goal (5 times) is met as soon as a login
and a save together take 0.1 s.
"""

import dataclasses
import json
import statistics
import subprocess
import sys
import time
import types
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "devices")]
package = types.ModuleType("silver_provisioning")  # the drivers without the addon's Odoo models
package.__path__ = [str(ROOT / "silver_provisioning")]
sys.modules["silver_provisioning"] = package

from olt_cases import OLTS  # noqa: E402

from lab.devices.olt.cli import REAL_PACE  # noqa: E402
from silver_provisioning.drivers.base import Endpoint, SecretText  # noqa: E402
from silver_provisioning.drivers.mikrotik import Driver as MikroTik  # noqa: E402
from silver_provisioning.drivers.mikrotik.values import (  # noqa: E402
    Pppoe,
    Queue,
    RouterService,
)
from silver_provisioning.drivers.reconcile import reconcile  # noqa: E402

ONUS = int(sys.argv[1]) if len(sys.argv) > 1 else 100
PACES = (
    {},
    REAL_PACE,
    {"login_seconds": 2.0, "save_seconds": 5.0},
)
SHARE = 10  # one session each is measured on ONUS / SHARE of them


def activate(case, services, batch):
    """Seconds to bring all services up, ``batch`` of them in each session."""
    keys = list(services)
    started = time.perf_counter()
    for start in range(0, len(keys), batch):
        with case.driver() as driver:
            wanted = {key: services[key] for key in keys[start : start + batch]}
            wrong = {k: r.error for k, r in reconcile(driver, wanted).items() if r.error}
            assert not wrong, wrong
    return time.perf_counter() - started


def olt(vendor, pace, count, batch):
    """A fresh OLT with ``count`` ONUs waiting on one port."""
    with OLTS[vendor](**pace) as case:
        slot, port = case.base.slot, case.base.port
        model = next(iter(case.plant.lights.values())).model
        prefix = next(iter(case.plant.lights))[:4]
        serials = [f"{prefix}B{number:07X}" for number in range(count)]
        for serial in serials:
            case.plant.connect(serial, slot, port, model=model)
        services = {
            serial: dataclasses.replace(case.base, serial=serial, reference=f"C{number:06d}")
            for number, serial in enumerate(serials)
        }
        seconds = activate(case, services, batch)
        assert all(case.plant.by_serial(serial) for serial in serials)
        saves = sum(line in ("save", "write") for line in case.device.commands())
        return seconds, saves, len(case.device.log)


def routeros():
    lab = subprocess.Popen(
        [sys.executable, "-m", "lab.devices", "--free", "--json"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        rows = {row["name"]: row for row in json.loads(lab.stdout.readline())}
        row = rows["mikrotik-centro"]
        secret = SecretText(row["password"])
        point = Endpoint(row["host"], row["port"], row["username"], secret, 10.0)
        with MikroTik(point) as driver:
            _routeros(driver)
    finally:
        lab.terminate()
        lab.wait()


def _routeros(driver):
    client = driver.client

    def rate(count, work):
        started = time.perf_counter()
        for number in range(count):
            work(number)
        return count / (time.perf_counter() - started)

    def add(run):
        return lambda n: client.add("/ppp/secret", {"name": f"b{run}-{n}", "password": "x" * 12})

    services = {
        f"D{n}": RouterService(
            f"D{n:05d}",
            address=f"10.{n // 65025}.{n // 255 % 255}.{n % 255 + 1}",
            pppoe=Pppoe(f"d{n}", SecretText("secreta-123")),
            queue=Queue(50_000, 10_000),
        )
        for n in range(2000)
    }
    started = time.perf_counter()
    wrong = {k: r.error for k, r in reconcile(driver, services).items() if r.error}
    seconds = time.perf_counter() - started
    assert not wrong, list(wrong.items())[:3]
    print(f"RouterOS, 2,000 new customers looked up, written, read back: {seconds:.1f} s")
    reads = [rate(2000, lambda _n: client.print("/system/identity")) for _ in range(3)]
    adds = [rate(2000, add(run)) for run in range(3)]
    print(f"RouterOS, reads  {statistics.median(reads):6.0f} commands/s")
    print(f"RouterOS, adds   {statistics.median(adds):6.0f} commands/s")


def main():
    print(f"{'OLT':<8}{'login':>7}{'save':>7}  {'one session':>22}  {'a session each':>15}  ratio")
    few = max(ONUS // SHARE, 1)
    for vendor in OLTS:
        for pace in PACES:
            one, saves, commands = olt(vendor, pace, ONUS, ONUS)
            each, _saves, _commands = olt(vendor, pace, few, 1)
            each *= ONUS / few
            login, save = pace.get("login_seconds", 0.0), pace.get("save_seconds", 0.0)
            print(
                f"{vendor:<8}{login:>5.1f} s{save:>5.1f} s  {one:>8.2f} s ({commands:>5} lines)  "
                f"{each:>13.2f} s  {each / one:5.1f}   saves: {saves}"
            )
    routeros()


if __name__ == "__main__":
    main()
