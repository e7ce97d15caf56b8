"""The lab as a program: it starts, says where, takes faults from its operator, and stops."""

import json
import socket
import subprocess
import sys

import pytest
from olt_cases import ROOT

from lab.devices.__main__ import _command, main
from lab.devices.faults import KINDS, Faults
from lab.devices.olt.plant import Ont, Plant, hex_serial, text_serial
from lab.devices.provider import PORTS, Provider
from silver_provisioning.drivers.base import Endpoint, SecretText
from silver_provisioning.drivers.mikrotik import Driver as MikroTik


def test_runner_prints_where_everything_is_and_stops_on_sigterm():
    command = [sys.executable, "-m", "lab.devices", "--free", "--json"]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as lab:
        try:
            devices = {row["name"]: row for row in json.loads(lab.stdout.readline())}
            assert set(devices) == set(PORTS)
            router = devices["mikrotik-centro"]
            point = Endpoint(
                router["host"], router["port"], router["username"], SecretText(router["password"])
            )
            with MikroTik(point) as driver:
                assert driver.inventory() == {}
            lab.stdin.write("mikrotik-centro busy\nnobody busy\n")
            lab.stdin.flush()
            assert lab.stdout.readline() == "ok\n"
            assert lab.stdout.readline().startswith("unknown device")
        finally:
            lab.terminate()
        assert lab.wait(10) == 0


def test_a_port_in_use_is_said_in_words(capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["--free", "--port", f"uisp={port}"]) == 1
    assert "port is in use" in capsys.readouterr().err


def test_an_unknown_device_is_said_in_words(capsys):
    with pytest.raises(SystemExit):
        main(["--port", "nobody=1"])
    assert "mikrotik-centro" in capsys.readouterr().err


def test_operator_commands():
    provider = Provider({})
    router = provider.devices["mikrotik-centro"]
    assert _command(provider, ["mikrotik-centro", "drop_after", "/ppp/secret/add", "1"]) == "ok"
    assert router.faults.take("drop_after", "/ppp/secret/add") is not None
    assert router.faults.take("drop_after", "/ppp/secret/add") is None
    assert _command(provider, ["mikrotik-centro", "explode"]).startswith("unknown fault")
    assert _command(provider, ["mikrotik-centro", "clear"]) == "ok"
    assert _command(provider, ["mikrotik-centro", "reboot"]) == "ok" and router.store.boots == 2


def test_faults_strike_where_and_as_often_as_told():
    faults = Faults()
    with pytest.raises(ValueError):
        faults.inject("explode")
    faults.inject("drop", "add", times=2)
    assert [bool(faults.take("drop", c)) for c in ("set", "add", "add", "add")] == [
        False,
        True,
        True,
        False,
    ]
    faults.inject("hang")
    faults.clear()
    assert faults.take("hang", "x") is None and faults.wait(0)
    assert "hang" in KINDS


def test_plant_states_follow_from_fibre_and_configuration():
    plant = Plant()
    plant.connect("HWTC00000001", 1, 3)
    ont = plant.add(Ont("HWTC00000001", 1, 3, 0))
    assert plant.state(ont) == "working" and plant.unconfigured() == []
    plant.connect("HWTC00000001", 1, 4)  # somebody moved the fibre
    assert plant.state(ont) == "los"
    plant.connect("HWTC00000001", 1, 3, power=False)
    assert plant.state(ont) == "dyinggasp"
    ont.enabled = False
    assert plant.state(ont) == "offline"


def test_an_olt_forgets_at_reboot_what_was_not_saved():
    plant = Plant()
    plant.add(Ont("HWTC00000001", 1, 3, 0))
    plant.save()
    plant.add(Ont("HWTC00000002", 1, 3, 1))
    plant.onts[(1, 3, 0)].enabled = False
    plant.reboot()
    assert list(plant.onts) == [(1, 3, 0)] and plant.onts[(1, 3, 0)].enabled


def test_serials():
    assert hex_serial("HWTCAABBCC01") == "48575443AABBCC01"
    assert text_serial("48575443AABBCC01") == "HWTCAABBCC01" and text_serial("x") == "x"
