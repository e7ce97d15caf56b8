"""The map of a pool in a browser: from a /16 to one address, and giving it to a contract."""

import pytest
from browser import Browser


@pytest.fixture(scope="module")
def browser(suite):
    window = Browser(suite)
    yield window
    window.close()


@pytest.fixture(scope="module")
def pool(suite):
    """A /16 with 300 addresses taken, in the base of a contract in service."""
    [contract] = suite.rpc(
        "isp.contract",
        "search_read",
        [("state", "=", "active"), ("ip_address", "!=", False)],
        ["base_station_id", "name", "ip_address"],
        limit=1,
        order="id",
    )
    pool = suite.rpc(
        "isp.ip.pool",
        "create",
        {
            "label": "Mapa",
            "cidr": "10.200.0.0/16",
            "base_station_id": contract["base_station_id"][0],
            "auto_assign": False,
        },
    )
    partner = suite.rpc("res.partner", "create", {"name": "Trescientas"})
    suite.rpc("isp.ip.pool", "action_take", [pool], count=300, partner_id=partner)
    return pool, contract


def cell(browser, label):
    return browser.evaluate(
        f"document.querySelector('.o_cell[title^=\"{label}\"]')?.className || ''"
    )


def test_from_the_whole_to_one_address(suite, browser, pool):
    number, contract = pool
    assert browser.open(f"/odoo/ip-pools/{number}") == []
    browser.tap("button[name=action_view_grid]")
    browser.see(".o_silver_pool_grid .badge", "10.200.0.0/16")
    assert browser.evaluate("document.querySelectorAll('.o_cell').length") == 256
    assert "300" in browser.see(".o_legend", "Reservada")
    # a block: closer
    browser.tap('.o_cell[title^="10.200.1.0/24"]')
    browser.see(".o_silver_pool_grid .badge", "10.200.1.0/24")
    assert "is-reserved" in cell(browser, "10.200.1.10")
    assert "is-free" in cell(browser, "10.200.1.200")
    # back by the trail, and into the other one
    browser.tap(".o_silver_pool_grid nav button", "10.200.0.0/16")
    browser.see(".o_silver_pool_grid .badge", "10.200.0.0/16")
    browser.tap('.o_cell[title^="10.200.0.0/24"]')
    browser.see(".o_silver_pool_grid .badge", "10.200.0.0/24")
    assert "is-excluded" in cell(browser, "10.200.0.0")
    # an address that somebody has: its form
    browser.tap('.o_cell[title^="10.200.0.7"]')
    browser.see(".o_form_view h1", "10.200.0.7")
    browser.evaluate("history.back()")
    browser.see(".o_silver_pool_grid .badge", "10.200.0.0/")
    assert browser.errors == []


def test_giving_one_that_nobody_had(suite, browser, pool):
    number, contract = pool
    assert browser.open(f"/odoo/ip-pools/{number}") == []
    browser.tap("button[name=action_view_grid]")
    browser.tap('.o_cell[title^="10.200.9.0/24"]')
    browser.see(".o_silver_pool_grid .badge", "10.200.9.0/24")
    browser.tap('.o_cell[title^="10.200.9.33"]')
    browser.type(".modal .o_field_widget[name=contract_id] input", contract["name"])
    browser.tap(".o-autocomplete--dropdown-item", contract["name"])
    assert (
        browser.evaluate(
            "document.querySelector('.modal .o_field_widget[name=address] input').value"
        )
        == "10.200.9.33"
    )
    browser.tap(".modal-footer button[name=action_apply]")
    browser.see('.o_cell.is-in_use[title^="10.200.9.33"]')
    [after] = suite.rpc("isp.contract", "read", [contract["id"]], ["ip_address"])
    assert after["ip_address"] == "10.200.9.33"
    assert browser.errors == []
