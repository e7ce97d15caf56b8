"""Every OLT driver against its device in the lab: customers' data are not commands."""

import dataclasses
import re

import pytest
from olt_cases import error

from silver_provisioning.drivers.base import Permanent, SecretText
from silver_provisioning.drivers.olt import Wan, Wifi

HOSTILE = [
    "Ana\nreboot",
    'x" \r\n quit',
    "; reload",
    "José | Ñandú",
    "a?",
    "$(reboot)",
    "\x1b[A",
    "!",
    "",
    "-" * 300,
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_cannot_run_a_command(telnet_olt, name):
    def commands():
        """What was sent, without the label itself and the words that end a session."""
        lines = [re.split(r" desc |name ", line)[0] for line in telnet_olt.device.commands()]
        lines = [re.sub(r"^undo service-port \d+", "undo service-port N", line) for line in lines]
        return [line for line in lines if line not in ("return", "quit", "end", "exit", "y")]

    telnet_olt.configure(a=telnet_olt.service(description="calm"))
    telnet_olt.configure(a=telnet_olt.service(status="absent"))
    usual = commands()
    telnet_olt.configure(a=telnet_olt.service(description=name))
    telnet_olt.configure(a=telnet_olt.service(status="absent"))
    assert commands() == usual * 2


@pytest.mark.parametrize(
    "changes",
    [
        {"serial": "HWTCAABBCC01\nreboot"},
        {"upload_profile": "10 outbound"},
        {"line_profile": "10\nreboot"},
        {"onu_type": "x sn y"},
        {"vlan": 4095},
        {"vlan": 0},
        {"slot": -1},
        {"status": "paused"},
        {"wan": Wan("pppoe", "ana reboot", SecretText("x"))},
        {"wan": Wan("pppoe", "ana", SecretText("x\ny"))},
        {"wifi": Wifi("Casa Ana", SecretText("12345678"))},
        {"wifi": Wifi("Casa", SecretText("1234567?"))},
        {"wifi": Wifi("Casa", SecretText("12345678"), "Casa 5G")},
        {"wifi": Wifi("", SecretText("12345678"))},
    ],
)
def test_bad_values_are_refused_before_anything_is_sent(olt, changes):
    with olt.driver() as driver:
        olt.device.log.clear()
        want = {"bad": dataclasses.replace(olt.service(), **changes), "good": olt.service(1)}
        outcomes = driver.apply(driver.plans(want))
    assert error(outcomes, "bad") is Permanent and outcomes["good"].ok
    assert olt.ont(0) is None and olt.carries(1) == [100]


def test_a_line_with_control_characters_never_leaves(huawei):
    with huawei.driver() as driver:
        with pytest.raises(Permanent):
            driver.session.run("display version\nreboot")
        assert "reboot" not in " ".join(huawei.device.commands())
