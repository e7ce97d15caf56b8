"""Every OLT driver against its device in the lab: the life of a customer."""

from silver_provisioning.drivers.base import Endpoint


def test_discovered_then_active_then_nothing_to_do(olt):
    with olt.driver() as driver:
        before = {found.serial for found in driver.discover()}
    assert olt.serial() in before
    olt.configure(a=olt.service())
    assert olt.carries() == [100]
    with olt.driver() as driver:
        assert driver.plans({"a": olt.service()}) == {"a": ()}
        assert olt.serial() not in {found.serial for found in driver.discover()}


def test_suspension_keeps_the_configuration_and_stops_the_traffic(olt):
    olt.configure(a=olt.service())
    number = olt.ont().number
    olt.configure(a=olt.service(status="suspended"))
    assert olt.carries() == [] and olt.ont().number == number
    olt.configure(a=olt.service())
    assert olt.carries() == [100] and olt.ont().number == number


def test_a_new_customer_can_begin_suspended(olt):
    olt.configure(a=olt.service(status="suspended"))
    assert olt.ont() is not None and olt.carries() == []


def test_plan_change(olt):
    olt.configure(a=olt.service())
    olt.configure(a=olt.service(vlan=200, **olt.other_speed))
    assert olt.carries() == [200]
    with olt.driver() as driver:
        held = driver.observe({"a": olt.service()})["a"]
    speeds = {(flow.upload, flow.download) for flow in held.flows} | {
        (held.upload_profile, held.download_profile)
    }
    assert tuple(olt.other_speed.values()) in speeds


def test_cancellation_deletes_in_the_order_the_device_wants(olt):
    olt.configure(a=olt.service())
    olt.configure(a=olt.service(status="absent"))
    assert olt.ont() is None and not olt.plant.service_ports
    # a second cancellation, or one of a customer who never was there, finds nothing to do
    olt.configure(a=olt.service(status="absent"), b=olt.service(1, status="absent"))


def test_many_in_one_session_save_once(olt):
    want = {str(n): olt.service(n) for n in range(3)}
    olt.configure(**want)
    assert sum(1 for line in olt.device.commands() if line == olt.words["save"].strip("^$")) == 1
    assert olt.device.connections == 1
    assert len({olt.ont(n).number for n in range(3)}) == 3


def test_drift_made_by_hand_is_found_and_repaired(olt):
    olt.configure(a=olt.service())
    olt.configure(a=olt.service(vlan=200))  # somebody else
    with olt.driver() as driver:
        assert driver.verify({"a": olt.service()})
    olt.configure(a=olt.service())
    assert olt.carries() == [100]


def test_inventory_shows_strangers(olt):
    olt.configure(a=olt.service(), stranger=olt.service(1))
    with olt.driver() as driver:
        found = driver.inventory()
    assert set(found) == {olt.serial(0), olt.serial(1)}
    assert found[olt.serial()].phase == "working"
    assert [flow.vlan for flow in found[olt.serial()].flows] == [100]


def test_endpoint_without_port_uses_the_protocol_default():
    assert Endpoint("127.0.0.1").port == 0
