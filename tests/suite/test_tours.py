"""What people do all day, done in a browser: the sign-up, the chassis, the tree, the map."""

import pytest
from browser import Browser
from support import eventually


@pytest.fixture(scope="module")
def browser(suite):
    window = Browser(suite)
    yield window
    assert not window.errors, window.errors
    window.close()


def next_step(browser, step):
    browser.leave()
    browser.click(".modal footer button", "Siguiente")
    browser.until(
        f"document.querySelector('.modal .o_statusbar_status .o_arrow_button_current')"
        f"?.innerText.trim() === {step!r}",
        f"the step {step}",
    )


def box_with_room(suite):
    """:return: (latitude, longitude, splitter port) of a box of the demo plant with a free port"""
    port = suite.rpc(
        "isp.splitter.port",
        "search_read",
        [("lendable", "=", True), ("nap_id.state", "!=", "project")],
        ["nap_id"],
        limit=1,
    )[0]
    box = suite.rpc("isp.nap", "read", [port["nap_id"][0]], ["latitude", "longitude"])[0]
    return box["latitude"], box["longitude"]


def test_sign_up_from_the_customer_to_the_service(suite, browser):
    latitude, longitude = box_with_room(suite)
    onu = suite.rpc("isp.onu", "search_read", [("status", "=", "available")], ["name"], limit=1)[0]
    assert browser.open("/odoo/contracts") == []
    assert browser.act(suite.ref("silver_contract.isp_contract_onboarding_action")) == []

    browser.click(".modal footer button", "Siguiente")
    browser.until(
        "document.querySelector('.o_notification, .o_dialog_error, .modal + .modal, "
        ".modal-body')?.closest('body').innerText.includes('escriba el nombre de uno nuevo')",
        "a word about the missing name",
    )
    browser.evaluate(
        "[...document.querySelectorAll('.o_error_dialog button, .o_dialog_warning button')]"
        ".at(-1)?.click() ?? [...document.querySelectorAll('.modal')].at(-1)"
        ".querySelector('footer button')?.click()"
    )
    browser.until("document.querySelectorAll('.modal').length === 1", "only the wizard is open")
    browser.errors.clear()  # the refusal is what was asked for

    browser.fill("name", "Cliente del Recorrido")
    browser.fill("street", "Calle de la Prueba 12")
    browser.fill("latitude", f"{latitude + 0.0002:.7f}".replace(".", ","))
    browser.fill("longitude", f"{longitude:.7f}".replace(".", ","))
    next_step(browser, "Plan")
    browser.choose("product_id", "FIBRA-100")
    browser.fill("billing_day", "15")
    next_step(browser, "Factibilidad")
    assert browser.evaluate("document.querySelector('.modal .alert-success')?.offsetParent != null")
    next_step(browser, "Equipo")
    browser.choose("onu_id", onu["name"])
    browser.click(".modal .o_field_widget[name=finish] label", "Ya")
    next_step(browser, "Resumen")
    browser.click(".modal footer button", "Dar de alta")
    browser.until(
        "!document.querySelector('.modal') && document.querySelector('.o_form_view')"
        " && document.querySelector('.o_form_view').innerText.includes('Cliente del Recorrido')",
        "the new contract on the screen",
    )
    (contract,) = suite.rpc(
        "isp.contract",
        "search_read",
        [("partner_id.name", "=", "Cliente del Recorrido")],
        ["state", "onu_id", "splitter_port_id", "billing_day", "product_id"],
    )
    assert (contract["state"], contract["billing_day"]) == ("active", 15)
    assert contract["onu_id"][0] == onu["id"]
    assert contract["splitter_port_id"]


def test_suspend_and_resume_from_the_form(suite, browser):
    (contract,) = suite.rpc(
        "isp.contract", "search", [("partner_id.name", "=", "Cliente del Recorrido")]
    )

    def state():
        return suite.rpc("isp.contract", "read", [contract], ["state"])[0]["state"]

    assert browser.open(f"/odoo/contracts/{contract}") == []
    browser.click(".o_statusbar_buttons button", "Suspender")
    browser.until("document.querySelector('.modal .o_field_widget[name=reason]')", "the reasons")
    browser.evaluate(
        """(() => {
            const select = document.querySelector('.modal .o_field_widget[name=reason] select');
            if (select) {
                const option = [...select.options].find((item) => item.text === 'Técnico');
                select.value = option.value;
                select.dispatchEvent(new Event('change', {bubbles: true}));
            }
        })()"""
    )
    if not browser.evaluate(
        "Boolean(document.querySelector('.modal .o_field_widget[name=reason] select'))"
    ):
        browser.click(".modal .o_field_widget[name=reason] input")
        browser.click(".o_select_menu_item, .o-dropdown-item", "Técnico")
    browser.click(".modal footer button.btn-primary")
    eventually(lambda: state() == "suspended", "the contract is suspended")
    browser.click(".o_statusbar_buttons button", "Reconectar")
    eventually(lambda: state() == "active", "the contract is active again")


def test_olt_panel_and_splitter_tree(suite, browser):
    assert browser.open("/odoo") == []
    assert browser.act(suite.ref("silver_isp.isp_olt_panel_action")) == []
    browser.until("document.querySelectorAll('.o_isp_port').length > 4", "ports on the chassis")
    colours = browser.evaluate(
        "[...document.querySelectorAll('.o_isp_port')].map((port) => "
        "[...port.classList].find((name) => name.startsWith('o_isp_') && name !== 'o_isp_port'))"
    )
    assert {"o_isp_room", "o_isp_tight", "o_isp_full"} & set(colours), colours
    used = suite.rpc(
        "isp.olt.card.port", "search_read", [("splitter_ids", "!=", False)], ["name"], limit=1
    )[0]
    browser.click(f".o_isp_port[data-port='{used['name']}']")
    browser.until("document.querySelector('.o_isp_splitter')", "the tree below the port")
    outputs = browser.evaluate("document.querySelectorAll('.o_isp_output').length")
    assert outputs >= 8
    browser.click(".o_isp_output.o_isp_used, .o_isp_output.o_isp_free")
    browser.until(
        "document.querySelector('.o_form_view .o_field_widget[name=splitter_id]')",
        "the form of the splitter port",
    )
    browser.click("button[name=action_view_history]")
    browser.until("document.querySelector('.o_list_view')", "who was on the port")


def test_map_without_tiles(suite, browser):
    assert not suite.rpc("isp.plant.map", "features")["tiles"]
    assert browser.open("/odoo") == []
    assert browser.act(suite.ref("silver_isp.isp_plant_map_action")) == []
    ground = "document.querySelector('.o_isp_map_ground')"
    browser.until(f"{ground}?.plantMap?._loaded", "the map is drawn")
    assert browser.evaluate("document.querySelectorAll('.leaflet-tile').length") == 0
    counts = browser.until(
        "(() => { const texts = [...document.querySelectorAll('.o_isp_map_layer .text-muted')]"
        ".map((item) => parseInt(item.innerText)); return texts[0] > 0 && texts })()",
        "boxes on the map",
    )
    assert counts[1] == len(suite.rpc("isp.base.station", "search", [("latitude", "!=", 0)]))
    # one layer out and in again
    layers = f"Object.keys({ground}.plantMap._layers).length"
    before = browser.evaluate(layers)
    browser.click(".o_isp_map_layer input")
    browser.until(f"{layers} < {before}", "a layer less")
    browser.click(".o_isp_map_layer input")
    browser.until(f"{layers} === {before}", "the layer is back")
    # far out, nobody can be connected: it says so, and keeps it as unmet demand
    demand = suite.rpc("isp.feasibility", "search_count", [("feasible", "=", False)])
    browser.evaluate(
        f"(() => {{ const map = {ground}.plantMap; map.setZoom(9, {{animate: false}});"
        " const far = map.containerPointToLatLng([30, 30]);"
        " map.fire('contextmenu', {latlng: far}); return true; })()"
    )
    browser.until("document.querySelector('.o_isp_map .alert-danger')", "the answer is no")
    assert suite.rpc("isp.feasibility", "search_count", [("feasible", "=", False)]) == demand + 1
    # a click on a box opens it
    (box,) = suite.rpc(
        "isp.nap", "search_read", [("latitude", "!=", 0)], ["latitude", "longitude"], limit=1
    )
    browser.evaluate(
        f"(() => {{ const map = {ground}.plantMap; let marker;"
        f" map.eachLayer((layer) => {{ const at = layer.getLatLng?.();"
        f" if (at && Math.abs(at.lat - {box['latitude']}) < 1e-7"
        f" && Math.abs(at.lng - {box['longitude']}) < 1e-7) marker = layer; }});"
        " marker.fire('click'); return true; })()"
    )
    browser.until("document.querySelector('.o_form_view')", "the box in its form")


SCREENS = [
    ("silver_contract.dashboard", "silver_contract.isp_contract_dashboard_action", ".card canvas"),
    ("churn", "silver_contract.isp_contract_churn_action", ".o_pivot table td"),
    ("margin", "silver_billing.isp_base_margin_action", ".o_pivot table td"),
    ("port history", "silver_isp.isp_place_history_action", ".o_data_row"),
    ("unmet demand", "silver_isp.isp_feasibility_unmet_action", ".o_group_header, .o_data_row"),
    ("capacity", "silver_isp.isp_pon_capacity_action", ".o_data_row, .o_pivot table td"),
]


@pytest.mark.parametrize(("name", "action", "shown"), SCREENS, ids=[row[0] for row in SCREENS])
def test_screen_shows_its_data(suite, browser, name, action, shown):
    assert browser.open("/odoo") == []
    assert browser.act(suite.ref(action)) == []
    browser.until(f"document.querySelector({shown!r})", f"{name} with data")
