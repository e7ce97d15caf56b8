"""The graph on the contract and the heat map on the OLT panel, in a browser."""

import pytest
from browser import Browser
from support import eventually


@pytest.fixture(scope="module")
def browser(suite):
    window = Browser(suite)
    yield window
    window.close()


def one(suite, model, domain, fields):
    found = suite.rpc(model, "search_read", domain, fields, limit=1)
    assert found, f"the demo data have no {model} with {domain}"
    return found[0]


def shown(browser, script, what):
    return eventually(lambda: browser.evaluate(script), what, timeout=90)


def test_the_graph_of_a_contract(suite, browser):
    signal = one(
        suite,
        "isp.onu.signal",
        [("contract_id", "!=", False), ("phase", "=", "working")],
        ["contract_id", "rx_dbm"],
    )
    assert browser.open(f"/odoo/contracts/{signal['contract_id'][0]}") == []
    points = "+document.querySelector('.o_silver_signal canvas')?.dataset.points"
    # a click while the form is still drawing is lost, and one while the page loads begins it anew
    tab = (
        "Date.now() - (window.clicked || 0) > 20000 && (window.clicked = Date.now(),"
        " document.querySelector('a[name=signal]:not(.active)')?.click())"
    )
    assert shown(browser, f"({tab}, {points})", "the graph") > 500  # a month by the hour
    # something is drawn: the canvas is not of one colour
    drawn = """
    (() => {
        const canvas = document.querySelector('.o_silver_signal canvas');
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        return new Set(new Uint32Array(data.buffer)).size;
    })()
    """
    assert browser.evaluate(drawn) > 10
    browser.evaluate("document.querySelectorAll('.o_silver_signal button')[3].click()")
    shown(browser, f"{points} < 200", "half a year, by the day")
    assert browser.errors == []


def test_every_olt_of_the_demo_has_its_months(suite):
    olts = suite.rpc("isp.olt", "search_read", [], ["name"])
    for olt in olts:
        signals = suite.rpc("isp.onu.signal", "search", [("olt_id", "=", olt["id"])])
        data = suite.rpc("isp.onu.signal", "signal_series", signals[:1], days=180)
        assert data["resolution"] == "day" and len(data["points"]) > 170, olt["name"]


def test_the_traffic_of_a_router(suite, browser):
    """The fullest link is drawn first; another one is a choice away, the list says which it is."""
    full = one(
        suite,
        "isp.traffic.finding",
        [("kind", "=", "full"), ("state", "=", "open")],
        ["interface_id"],
    )
    link = one(suite, "isp.interface", [("id", "=", full["interface_id"][0])], ["nas_id", "name"])
    assert browser.open("/odoo/link-findings") == []
    row = f"document.querySelector('.o_data_row')?.innerText.includes('{link['name']}')"
    shown(browser, row, "the link that is close to full")
    assert browser.open(f"/odoo/isp-nas/{link['nas_id'][0]}") == []
    points = "+document.querySelector('.o_silver_traffic canvas')?.dataset.points"
    assert shown(browser, points, "the graph") > 150  # a week by the hour
    chosen = "document.querySelector('.o_silver_traffic select').selectedOptions[0].innerText"
    assert link["name"] in browser.evaluate(chosen)
    browser.evaluate(
        "(() => { const choice = document.querySelector('.o_silver_traffic select');"
        " choice.selectedIndex = 2; choice.dispatchEvent(new Event('change')); })()"
    )
    shown(browser, f"!{chosen}.includes('{link['name']}') && {points} > 150", "another link")
    browser.evaluate("document.querySelectorAll('.o_silver_traffic button')[3].click()")
    shown(browser, f"{points} > 170 && {points} < 190", "half a year, by the day")
    assert browser.errors == []


def test_the_heat_map_of_an_olt(suite, browser):
    weak = one(
        suite,
        "isp.onu.signal",
        [("level", "=", "critical")],
        ["serial", "olt_id", "olt_port_id", "rx_dbm"],
    )
    port = weak["olt_port_id"][1]
    assert browser.open("/odoo/monitoring") == []
    shown(browser, "!!document.querySelector('.o_kanban_record a[name=action_panel]')", "the OLTs")
    browser.evaluate(
        "[...document.querySelectorAll('.o_kanban_record')]"
        f".find((card) => card.innerText.includes('{weak['olt_id'][1]}'))"
        ".querySelector('a[name=action_panel]').click()"
    )
    button = f"document.querySelector('.o_isp_port[data-port=\"{port}\"]')"
    shown(browser, f"!!{button}", "the port on the panel")
    # who should be on line and is not, in red on its port
    down = one(
        suite,
        "isp.onu.signal",
        [("expected", "=", True), ("present", "=", True), ("phase", "!=", "working")]
        + [("olt_id", "=", weak["olt_id"][0])],
        ["olt_port_id"],
    )
    badge = f'.o_isp_port[data-port="{down["olt_port_id"][1]}"] .o_isp_down'
    assert browser.evaluate(f"document.querySelector('{badge}').innerText") == "1"
    # opened by signal: the worst ONU of the port gives its colour
    assert browser.evaluate(f"{button}.classList.contains('o_isp_heat_critical')")
    assert str(round(weak["rx_dbm"], 1)) in browser.evaluate(f"{button}.innerText")
    browser.evaluate(f"{button}.click()")
    onu = f"document.querySelector('.o_isp_onu[data-serial=\"{weak['serial']}\"]')"
    shown(browser, f"!!{onu}", "the ONU in the heat map")
    assert browser.evaluate(f"{onu}.classList.contains('o_isp_heat_critical')")
    browser.evaluate("document.querySelector('[data-mode=occupancy]').click()")
    shown(browser, f"!{button}.className.includes('heat')", "the colours of the occupancy")
    browser.evaluate(f"{onu}.click()")
    serial = f"document.querySelector('.o_form_view')?.innerText.includes('{weak['serial']}')"
    shown(browser, serial, "the ONU")
    assert browser.errors == []
