"""Start the devices of the lab and say where they listen: `python -m lab.devices`.

    python -m lab.devices                       everything on its usual port
    python -m lab.devices --port uisp=9001      another port for one of them (0: a free one)
    python -m lab.devices --free                free ports for all
    python -m lab.devices --json                one line of JSON when all are up, for programs

While it runs, a line on standard input injects a fault or heals:

    mikrotik-norte drop_after /ppp/secret/add 1
    huawei-norte busy
    huawei-norte clear
    huawei-norte reboot                         (routers and OLTs: power cycle)
"""

import argparse
import json
import signal
import sys
import threading

from .faults import KINDS
from .provider import PORTS, Provider


def main(argv=None):
    parser = argparse.ArgumentParser(
        prog="python -m lab.devices",
        description=__doc__,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    parser.add_argument("--port", action="append", default=[], metavar="NAME=PORT")
    parser.add_argument("--free", action="store_true", help="free ports instead of the usual ones")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(argv)
    ports = {} if options.free else dict(PORTS)
    for item in options.port:
        name, _equals, port = item.partition("=")
        if name not in PORTS or not port.isdigit():
            parser.error(f"--port {item}: expected NAME=PORT, NAME one of {', '.join(PORTS)}")
        ports[name] = int(port)
    stop = threading.Event()
    try:
        with Provider(ports) as provider:
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, lambda *_args: stop.set())
            if options.json:
                print(json.dumps(provider.describe()), flush=True)
            else:
                for row in provider.describe():
                    login = " ".join(
                        f"{k}={v}"
                        for k, v in row.items()
                        if k not in ("name", "host", "port", "protocol", "certificate")
                    )
                    print(f"{row['name']:<18}{row['host']}:{row['port']:<7}{login}", flush=True)
            threading.Thread(target=_listen, args=(provider,), daemon=True).start()
            stop.wait()
    except OSError as problem:
        print(f"lab: a port is in use ({problem}); see --port and --free", file=sys.stderr)
        return 1
    return 0


def _listen(provider):
    for line in sys.stdin:
        words = line.split()
        if words:
            print(_command(provider, words), flush=True)


def _command(provider, words):
    """One line of the operator; returns what to print."""
    device = provider.devices.get(words[0])
    verb = words[1] if len(words) > 1 else ""
    if not device:
        return f"unknown device {words[0]}; there are {', '.join(provider.devices)}"
    if verb == "clear":
        device.faults.clear()
        return "ok"
    if verb == "reboot" and len(words) == 2 and hasattr(device, "power_cycle"):
        device.power_cycle()
        return "ok"
    if verb not in KINDS:
        return f"unknown fault {verb!r}; there are {', '.join(KINDS)}, and clear"
    times = int(words[3]) if len(words) > 3 and words[3].isdigit() else None
    device.faults.inject(verb, match=words[2] if len(words) > 2 else "", times=times)
    return "ok"


if __name__ == "__main__":
    sys.exit(main())
