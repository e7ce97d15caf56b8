"""Start the devices of the lab and say where they listen: `python -m lab.devices`.

    ./silver lab                        everything on its usual port; the demo data of the Silver
                                        that runs here points at it, and what arrives is printed
    ./silver lab show [NAME]            from another terminal: what the devices hold now
    ./silver lab NAME FAULT ...         from another terminal: inject a fault, or heal (see below)
    ./silver lab off                    the lab was killed: Silver leaves the demo devices alone

    --alone                             without touching any demo data
    --reads                             print also what only looks
    --port uisp=9001                    another port for one of them (0: a free one)
    --free                              free ports for all
    --json                              one line of JSON when all are up, for programs

While it runs, a line on standard input does the same as from another terminal:

    show huawei
    mikrotik-centro drop_after /ppp/secret/add 1
    huawei-centro busy
    huawei-centro clear
    huawei-centro reboot                (routers and OLTs: power cycle)
"""

import argparse
import json
import os
import signal
import socket
import sys
import threading

from . import by_hand, console, demo
from .base import TcpDevice
from .faults import KINDS
from .olt.cli import REAL_PACE
from .provider import PORTS, Provider

CONTROL_PORT = 18700


def main(argv=None):
    argv = sys.argv[1:] if argv is None else argv
    parser = argparse.ArgumentParser(
        prog="./silver lab",
        description=__doc__,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    parser.add_argument("words", nargs="*", metavar="show | off | NAME FAULT")
    parser.add_argument("--port", action="append", default=[], metavar="NAME=PORT")
    parser.add_argument("--free", action="store_true", help="free ports instead of the usual ones")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--alone", action="store_true", help="touch no demo data")
    parser.add_argument("--reads", action="store_true", help="print also what only looks")
    parser.add_argument("--odoo", metavar="FILE", help="credentials.json that ./silver up leaves")
    options = parser.parse_args(argv)
    if options.words:
        return _off(options.odoo) if options.words == ["off"] else ask(options.words)
    ports = {} if options.free else dict(PORTS)
    for item in options.port:
        name, _equals, port = item.partition("=")
        if name not in PORTS or not port.isdigit():
            parser.error(f"--port {item}: expected NAME=PORT, NAME one of {', '.join(PORTS)}")
        ports[name] = int(port)
    stop = threading.Event()
    try:
        pace = {} if options.free else REAL_PACE
        with (
            Provider(ports, pace) as provider,
            Control(provider, 0 if options.free else CONTROL_PORT),
        ):
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, lambda *_args: stop.set())
            link = _announce(provider, options)
            brought = _brought(provider, link)
            threading.Thread(target=_listen, args=(provider,), daemon=True).start()
            stop.wait()
            if link:
                link.off()
            if brought:
                brought.off()
    except OSError as problem:
        print(f"lab: a port is in use ({problem}); see --port and --free", file=sys.stderr)
        return 1
    return 0


def _announce(provider, options):
    """Say where everything is; point the demo data here. :return: Link, or None"""
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
        console.watch(provider, options.reads)
    if options.alone or not options.odoo:
        return None
    try:
        link = demo.Link(demo.Odoo(options.odoo), provider)
        for line in link.on():
            print(f"demo data: {line}", flush=True)
    except demo.NoOdoo as problem:
        print(f"demo data: not pointed here: {problem}", flush=True)
        return None
    print("what arrives is printed here; ./silver lab show in another terminal", flush=True)
    return link


def _brought(provider, link):
    """A second router comes with customers written by hand. :return: ByHand, or None"""
    if not link:
        return None
    brought = by_hand.ByHand(link.odoo, provider.devices[by_hand.DEVICE])
    told = brought.on()
    if told:
        print(f"demo data: {told}", flush=True)
    return brought


def _off(credentials):
    try:
        demo.off(credentials or os.environ.get("SILVER_CREDENTIALS", ""))
    except demo.NoOdoo as problem:
        print(f"lab: {problem}", file=sys.stderr)
        return 1
    print("Silver leaves the demo devices alone")
    return 0


class Control(TcpDevice):
    """The operator's lines from another terminal; loopback only."""

    name = "control"

    def __init__(self, provider, port):
        super().__init__(port)
        self.provider = provider

    def serve(self, sock):
        with sock, sock.makefile("rw", encoding="utf-8") as stream:
            stream.write(_command(self.provider, stream.readline().split()))


def ask(words):
    """Send a line to the lab that runs. :return: exit code"""
    try:
        with socket.create_connection(("127.0.0.1", CONTROL_PORT), 5) as sock:
            sock.sendall(" ".join(words).encode() + b"\n")
            with sock.makefile("r", encoding="utf-8") as stream:
                answer = stream.read()
    except OSError:
        print("lab: it is not running; start it with ./silver lab", file=sys.stderr)
        return 1
    print(answer)
    return 1 if answer.startswith("unknown") else 0


def _listen(provider):
    for line in sys.stdin:
        words = line.split()
        if words:
            print(_command(provider, words), flush=True)


def _command(provider, words):
    """One line of the operator; returns what to print."""
    if words[:1] == ["show"]:
        return console.show(provider, *words[1:2])
    device = provider.devices.get(words[0] if words else "")
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
