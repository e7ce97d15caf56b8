"""Every screen of the Silver menu opens in a browser, in each of its views, with no error."""

import pytest
from browser import Browser


@pytest.fixture(scope="module")
def browser(suite):
    window = Browser(suite)
    yield window
    window.close()


def menu_actions(suite):
    """:return: {action id: (menu path, view types or the tag of a client action)}"""
    root = suite.ref("silver_base.menu_silver_root")
    menus = suite.rpc(
        "ir.ui.menu",
        "search_read",
        [("id", "child_of", root), ("action", "!=", False)],
        ["complete_name", "action"],
    )
    actions = {}
    for menu in menus:
        model, number = menu["action"].split(",")
        actions[int(number)] = (menu["complete_name"], model)
    return actions


def test_every_menu_opens(suite, browser):
    problems, empty = [], []
    actions = menu_actions(suite)
    assert len(actions) > 30
    assert browser.open("/odoo") == []
    for number, (name, model) in sorted(actions.items()):
        modes = [""]
        if model == "ir.actions.act_window":
            window = suite.rpc(model, "read", [number], ["res_model", "view_mode", "target"])[0]
            if window["target"] != "new":
                modes = [mode for mode in window["view_mode"].split(",") if mode != "form"]
            if not suite.rpc(window["res_model"], "search_count", []):
                empty.append(name)
        for mode in modes:
            found = browser.act(number, mode)
            problems += [f"{name} ({mode or model}): {problem}" for problem in found]
            if found:  # a dialog may be in the way of the next
                browser.open("/odoo")
    assert not problems, "\n".join(problems)
    print("screens without a record in the demo data:", *empty, sep="\n  ")


#: one record of each is opened in its form: what staff look at all day
FORMS = [
    "isp.contract",
    "isp.splitter",
    "isp.olt",
    "isp.nap",
    "isp.outage",
    "isp.onu.signal",
    "isp.olt.watch",
    "isp.signal.finding",
    "isp.onu",
    "isp.ip.pool",
    "isp.ip.reservation",
    "isp.charge",
    "isp.billing.run",
    "isp.dunning.run",
    "isp.radius.user",
    "isp.provisioning.target",
    "res.partner",
]


@pytest.mark.parametrize("model", FORMS)
def test_form_opens(suite, browser, model):
    actions = suite.rpc(
        "ir.actions.act_window",
        "search_read",
        [("res_model", "=", model), ("view_mode", "like", "form")],
        ["id"],
        limit=1,
    )
    record = suite.rpc(model, "search", [], limit=1, order="id")
    assert actions and record, f"no action or no demo record of {model}"
    assert browser.open(f"/odoo/action-{actions[0]['id']}/{record[0]}") == []
