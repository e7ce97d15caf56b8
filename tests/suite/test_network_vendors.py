"""A customer's life on each of the other vendors of the demo data, as ./silver lab points them:
connected, paused, back, another plan, cancelled; asserted on what the device holds.
"""

import network_lab
import pytest

from lab.devices.uisp import ACTIVE, SUSPENDED


class CommandLine:
    """A ZTE or a V-SOL: who is cut loses the service port."""

    def __init__(self, device):
        self.device = device

    def there(self, serial):
        return self.device.plant.by_serial(serial) is not None

    def _lines(self, serial, word):
        ont = self.device.plant.by_serial(serial)
        return [line for line in ont.config["lines"].values() if word in line] if ont else []

    def carries(self, serial):
        return [int(line.split()[-1]) for line in self._lines(serial, "service-port")]

    def speed(self, serial):
        return self._lines(serial, "traffic-limit")

    def saved(self):
        return not self.device.plant.dirty


class SmartOlt:
    """An OLT behind SmartOLT: who is cut is disabled."""

    def __init__(self, device):
        self.device = device

    def _onu(self, serial):
        rows = list(self.device.onus.values())
        return next((row for row in rows if row["sn"] == serial), None)

    def there(self, serial):
        return self._onu(serial) is not None

    def carries(self, serial):
        onu = self._onu(serial)
        on = onu and onu["administrative_status"] == "Enabled"
        return [int(onu["vlan"])] if on else []

    def speed(self, serial):
        onu = self._onu(serial)
        return (onu["upload"], onu["download"]) if onu else ()

    def saved(self):
        return True  # SmartOLT saves by itself


#: OLT -> (device of the lab, what it is seen through, the contract that waits for its ONU)
OLTS = {
    "OLT-NORTE": ("zte-norte", CommandLine, "CTR/000034"),
    "OLT-CENTRO-2": ("smartolt", SmartOlt, "CTR/000038"),
    "OLT-SUR": ("vsol-sur", CommandLine, "CTR/000040"),
}


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    with network_lab.running("vendors", tmp_path_factory.mktemp("lab")) as network:
        yield network.linked()


@pytest.mark.parametrize("name", OLTS)
def test_the_demo_data_arrives(network, name):
    device, view, _draft = OLTS[name]
    view = view(network.provider.devices[device])
    rows = network.suite.rpc(
        "isp.contract",
        "search_read",
        [("olt_port_id.olt_id.name", "=", name), ("state", "in", ["active", "suspended"])],
        ["name", "state"],
    )
    assert len(rows) >= 3, "a few believable customers"
    for row in rows:
        serial = network.contract(row["name"])["serial"]
        assert view.there(serial), row["name"]
        assert view.carries(serial) == ([100] if row["state"] == "active" else []), row["name"]
        assert view.speed(serial), row["name"]
    assert view.saved()


@pytest.mark.parametrize("name", OLTS)
def test_life_on_an_olt(network, name):
    device, view, draft = OLTS[name]
    view = view(network.provider.devices[device])
    contract = network.contract(draft)
    port = contract["olt_port_id"][0]
    network.suite.rpc("isp.onu.discovered", "action_look")
    domain = [("olt_id.name", "=", name), ("port_id", "=", port), ("state", "=", "new")]
    found = network.eventually(
        lambda: network.suite.rpc(
            "isp.onu.discovered", "search_read", domain, ["serial", "contract_id"]
        ),
        "the OLT says what lights up",
    )[0]
    serial = found["serial"]
    network.suite.rpc(
        *("isp.onu.discovered", "action_activate_contract", [found["id"]]),
        contract_id=contract["id"],
    )
    network.eventually(lambda: view.carries(serial) == [100], "connected")
    slow = view.speed(serial)

    network.verb(contract, "action_suspend", reason="voluntary_pause", note="de viaje")
    network.eventually(lambda: view.there(serial) and not view.carries(serial), "paused")
    network.verb(contract, "action_resume", reason="customer_request")
    network.eventually(lambda: view.carries(serial) == [100], "back")

    fast = network.suite.rpc("product.product", "search", [("plan_code", "=", "FIBRA-300")])[0]
    network.verb(contract, "action_change_plan", product_id=fast)
    network.eventually(lambda: view.speed(serial) not in (slow, [], ()), "another speed")
    assert view.carries(serial) == [100]
    network.eventually(network.quiet, "nothing is left to do")
    assert view.saved()

    network.verb(contract, "action_cancel", reason="customer_request")
    network.eventually(lambda: not view.there(serial), "forgotten")
    network.eventually(network.quiet, "nothing needs attention")
    assert view.saved()


def test_life_of_a_radio_in_uisp(network):
    services = network.provider.devices["uisp"].services
    assert [services[n]["status"] for n in (101, 102, 103)] == [ACTIVE, ACTIVE, SUSPENDED]
    assert services[102]["servicePlanId"] == 40, "that of its plan"
    radio, contract = services[104], network.contract("CTR/000024")
    assert radio["status"] == SUSPENDED
    network.verb(contract, "action_activate")
    network.eventually(lambda: radio["status"] == ACTIVE, "connected")

    network.verb(contract, "action_suspend", reason="voluntary_pause", note="de viaje")
    network.eventually(lambda: radio["status"] == SUSPENDED, "paused")
    network.verb(contract, "action_resume", reason="customer_request")
    network.eventually(lambda: radio["status"] == ACTIVE, "back")

    fast = network.suite.rpc("product.product", "search", [("plan_code", "=", "RADIO-20")])[0]
    network.verb(contract, "action_change_plan", product_id=fast)
    network.eventually(lambda: radio["servicePlanId"] == 40, "another plan")

    network.verb(contract, "action_cancel", reason="customer_request")
    network.eventually(lambda: radio["status"] == SUSPENDED, "cut; UISP's own billing ends it")
    network.eventually(network.quiet, "nothing needs attention")


def test_the_lab_shows_what_they_hold(network):
    from lab.devices.console import show

    text = show(network.provider)
    assert "ZTEGD1A03101" in text and "HWTCD2B03501" in text and "VSOLD3C03901" in text
    assert "service 103    SUSPENDED" in text
