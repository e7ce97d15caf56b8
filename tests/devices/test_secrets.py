"""A canary for every secret: whatever fails, none of them is in an exception, an outcome, a plan or
a log.
"""

import dataclasses
import logging
import traceback

import pytest
from olt_cases import OLTS

from lab.devices.routeros import Router
from lab.devices.smartolt import SmartOlt as SmartOltLab
from lab.devices.snmp import SnmpAgent
from lab.devices.uisp import Uisp as UispLab
from silver_provisioning.drivers.base import DriverError, Endpoint, SecretText
from silver_provisioning.drivers.mikrotik import Driver as MikroTik
from silver_provisioning.drivers.mikrotik import Pppoe, RouterService
from silver_provisioning.drivers.olt import OnuService, Wan, Wifi
from silver_provisioning.drivers.rest import Budget, Cache
from silver_provisioning.drivers.smartolt import Driver as SmartOlt
from silver_provisioning.drivers.snmp import Driver as Snmp
from silver_provisioning.drivers.uisp import Driver as Uisp
from silver_provisioning.drivers.uisp import UispService

LOGIN, SECOND, PPPOE, WIFI = "CANARY-login-7", "CANARY-second-7", "CANARY-pppoe-7", "CANARY-wifi-7"
FAULTS = [
    None,
    "refuse",
    "drop",
    "drop_after",
    "hang",
    "busy",
    "error",
    "reboot",
    "fatal",
    "prompt",
    "forget",
]


class Everything(logging.Handler):
    """Every record of every logger, formatted with its exception, even of those that do not
    propagate.
    """

    def __init__(self):
        super().__init__(logging.DEBUG)
        self.lines = []

    def emit(self, record):
        self.lines.append(self.format(record))


@pytest.fixture
def seen():
    """Collects what a person could ever see; checks it for canaries at the end of the test."""
    handler, root = Everything(), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    quiet = logging.getLogger("paramiko.transport")
    before = quiet.level
    quiet.setLevel(logging.DEBUG)
    try:
        yield handler.lines
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
        quiet.setLevel(before)
    assert handler.lines
    leaks = [line for line in handler.lines if "CANARY" in line]
    assert leaks == []


def work(driver, want, seen):
    """A whole attempt; everything it shows is written down."""
    seen.append(repr(driver.endpoint))
    try:
        with driver:
            plans = driver.plans(want)
            seen.append(
                repr(plans) + "".join(str(step) for steps in plans.values() for step in steps)
            )
            outcomes = driver.apply(plans)
            seen.append(repr(outcomes))
            for outcome in outcomes.values():
                if outcome.error:
                    seen.extend(shown(outcome.error))
            seen.append(repr(driver.observe(want)))
            seen.append(repr(driver.inventory()))
    except DriverError as error:
        seen.extend(shown(error))


def shown(error):
    """What a traceback prints, with local variables not included, and the parts of the error."""
    yield "".join(traceback.format_exception(error))
    yield repr(error) + error.detail


@pytest.mark.parametrize("fault", FAULTS)
def test_mikrotik(fault, seen):
    want = {"a": RouterService("C1", "active", "100.64.0.1", Pppoe("ana", SecretText(PPPOE)))}
    with Router(password=LOGIN) as router:
        if fault:
            router.faults.inject(
                fault, "" if fault == "refuse" else "/ppp/secret/add", text=f"bad password={PPPOE}"
            )
        work(
            MikroTik(Endpoint("127.0.0.1", router.port, "silver", SecretText(LOGIN), 0.3)),
            want,
            seen,
        )
        work(
            MikroTik(Endpoint("127.0.0.1", router.port, "silver", SecretText(SECOND), 0.3)),
            want,
            seen,
        )


@pytest.mark.parametrize("vendor", sorted(OLTS))
@pytest.mark.parametrize(
    "transport, fault",
    [
        *(("telnet", fault) for fault in FAULTS),
        *(("ssh", fault) for fault in (None, "hang", "drop")),
    ],
)
def test_olt(vendor, transport, fault, seen):
    with OLTS[vendor](transport=transport, password=LOGIN) as case:
        case.device.enable_password = SECOND
        if fault:
            word = "" if fault == "refuse" else "(password|shared_key|key) "
            case.device.faults.inject(
                fault, word, text=f"%Error 1: Error: Failure: no password {PPPOE} {WIFI}"
            )
        options = {**case.options, "transport": transport, "enable_secret": SecretText(SECOND)}
        service = case.service(
            wan=Wan("pppoe", "ana", SecretText(PPPOE), "wan100"),
            wifi=Wifi("Casa", SecretText(WIFI), "Casa-5G"),
        )
        for password in (LOGIN, "CANARY-wrong"):
            driver = case.driver(secret=SecretText(password), timeout=0.3, options=options)
            work(driver, {"a": service}, seen)


@pytest.mark.parametrize("fault", [None, "drop", "drop_after", "hang", "http"])
def test_smartolt(fault, seen):
    service = OnuService(
        "C1",
        "HWTCAABBCC10",
        1,
        3,
        onu_type="EG8145V5",
        vlan=100,
        wan=Wan("pppoe", "ana", SecretText(PPPOE)),
        wifi=Wifi("Casa", SecretText(WIFI), "Casa-5G"),
    )
    with SmartOltLab(token=LOGIN) as device:
        device.plug("HWTCAABBCC10")
        if fault:
            device.faults.inject(fault, "(wan_mode|wifi)", text="500")
        for token in (LOGIN, SECOND):
            point = Endpoint("http://127.0.0.1", device.port, "", SecretText(token), 0.3)
            work(SmartOlt(point, Budget(99), Cache()), {"a": service}, seen)
        work(
            SmartOlt(point, Budget(99), Cache()), {"a": dataclasses.replace(service, vlan=9)}, seen
        )


@pytest.mark.parametrize("fault", [None, "drop", "hang", "http"])
def test_uisp(fault, seen):
    with UispLab(password=LOGIN, app_key=SECOND) as device:
        device.add_service(7, 1)
        if fault:
            device.faults.inject(fault, text="500")
        for password, key in ((LOGIN, SECOND), ("CANARY-x", "CANARY-y")):
            options = {"app_key": SecretText(key), "ca_pem": device.certificate}
            point = Endpoint("127.0.0.1", device.port, "silver", SecretText(password), 0.3, options)
            driver = Uisp(point, Budget(99), Cache())
            work(driver, {"a": UispService("C1", 7, "suspended")}, seen)
            try:
                with driver:
                    seen.append(repr(driver.devices()))
            except DriverError as error:
                seen.extend(shown(error))


@pytest.mark.parametrize("auth, priv", [(LOGIN, SECOND), ("CANARY-wrong", SECOND), (LOGIN, None)])
def test_snmp(auth, priv, seen):
    plant = OLTS["huawei"]().plant
    with SnmpAgent(plant, "huawei", v3_user=("silver", LOGIN, SECOND)) as agent:
        options = {
            "vendor": "huawei",
            "retries": 0,
            **({"priv_secret": SecretText(priv)} if priv else {}),
        }
        point = Endpoint("127.0.0.1", agent.port, "silver", SecretText(auth), 0.2, options)
        seen.append("start")
        work(Snmp(point), {}, seen)
