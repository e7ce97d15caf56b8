"""One customer's whole life, driven over XML-RPC as an integration would, seen from the network."""

import socket
import xmlrpc.client
from datetime import date, timedelta

import pytest
from support import eventually

NAS_SECRET = "testing123"


class Listener:
    """Where the NAS of the base listens for CoA: keeps the packets, acknowledges each."""

    DISCONNECT_REQUEST, DISCONNECT_ACK = 40, 41

    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(60)
        self.port = self.socket.getsockname()[1]

    def acknowledge_disconnect(self):
        """:return: the user name in the Disconnect-Request that arrived (RFC 5176)"""
        from pyrad.dictionary import Dictionary
        from pyrad.packet import CoAPacket
        from support import ROOT

        dictionary = Dictionary(str(ROOT / "silver_provisioning/drivers/dictionary.radius"))
        while True:
            raw, sender = self.socket.recvfrom(4096)
            request = CoAPacket(packet=raw, secret=NAS_SECRET.encode(), dict=dictionary)
            if request.code != self.DISCONNECT_REQUEST:
                continue
            assert request.VerifyCoARequest(), "not signed with the secret of the NAS"
            answer = request.CreateReply()
            answer.code = self.DISCONNECT_ACK
            self.socket.sendto(answer.ReplyPacket(), sender)
            return request["User-Name"][0]


class Customer:
    """What staff and integrations do, one call each."""

    def __init__(self, suite, name):
        self.suite, self.name = suite, name
        self.contract = None

    def read(self, *fields):
        return self.suite.rpc("isp.contract", "read", [self.contract], list(fields))[0]

    def call(self, verb, **kwargs):
        return self.suite.rpc("isp.contract", verb, [self.contract], **kwargs)

    def reconcile(self):
        return self.suite.rpc("isp.provisioning.target", "drain")

    def radius_login(self):
        user_id = self.read("radius_user_id")["radius_user_id"][0]
        username = self.suite.rpc("isp.radius.user", "read", [user_id], ["username"])[0]["username"]
        password = self.suite.rpc("isp.radius.user", "action_reveal_password", [user_id])
        return username, password

    def authenticate(self):
        code, answer = self.suite.login(*self.credentials, NAS_SECRET)
        return code, answer


@pytest.fixture(scope="module")
def plan(suite):
    """100/50 Mbps at 25.00 a month, and a faster one to change to."""
    plans = []
    for code, down, up, price in (("VIDA-100", 100, 50, 25.0), ("VIDA-300", 300, 150, 40.0)):
        product = suite.rpc(
            "product.product",
            "create",
            {
                "name": f"Plan {code}",
                "type": "service",
                "is_isp_plan": True,
                "plan_code": code,
                "service_category": "internet",
                "access_technology": "fiber",
                "download_mbps": down,
                "upload_mbps": up,
            },
        )
        suite.rpc(
            "isp.plan.price",
            "create",
            {"product_id": product, "amount": price, "effective_from": "2025-01-01"},
        )
        plans.append(product)
    return plans


def month(day):
    return f"{day:%Y-%m}"


def run_billing(suite, contract, key):
    run = suite.rpc(
        "isp.billing.run", "create", {"period_key": key, "contract_ids": [(6, 0, [contract])]}
    )
    suite.rpc("isp.billing.run", "action_run", [run])
    return run


def charges(suite, contract):
    return suite.rpc(
        "isp.charge",
        "search_read",
        [("contract_id", "=", contract)],
        ["period_key", "kind", "amount", "state", "due_date"],
    )


def test_one_customers_life(suite, plan):
    today = date.today()
    me = Customer(suite, "Rosa Elvira Quispe")
    partner = suite.rpc(
        "res.partner", "create", {"name": me.name, "email": "rosa.quispe@example.com"}
    )

    # --- feasibility, reservation, equipment, activation ---
    splitter = suite.ref("silver_isp.splitter_centro_01")
    answer = suite.rpc(
        "isp.feasibility", "check", splitter_id=splitter, technology="fiber", partner_id=partner
    )
    answer = answer[0] if isinstance(answer, list) else answer
    verdict = suite.rpc("isp.feasibility", "read", [answer], ["feasible", "reason"])[0]
    assert verdict["feasible"], verdict["reason"]

    me.contract = suite.rpc(
        "isp.contract",
        "create",
        {"partner_id": partner, "product_id": plan[0], "splitter_id": splitter, "billing_day": 1},
    )
    assert me.call("action_reserve")
    reserved = me.read("state", "splitter_port_id", "olt_port_id", "name")
    assert reserved["state"] == "pending"
    port = reserved["splitter_port_id"][0]
    assert suite.rpc("isp.splitter.port", "read", [port], ["state"])[0]["state"] == "reserved"

    with pytest.raises(xmlrpc.client.Fault, match="ONU"):
        me.call("action_activate")
    assert me.read("state")["state"] == "pending"

    (onu,) = suite.rpc(
        "isp.onu",
        "action_receive",
        serials=["HWTC0A1B2C3D"],
        product_id=suite.ref("silver_inventory.product_onu_huawei"),
    )
    suite.rpc("isp.contract", "write", [me.contract], {"onu_id": onu})
    assert me.call("action_activate")
    assert me.call("action_activate"), "asking again is a no-op"
    active = me.read("state", "ip_address", "date_activation", "onu_id")
    assert active["state"] == "active" and active["ip_address"]
    assert suite.rpc("isp.splitter.port", "read", [port], ["state"])[0]["state"] == "used"
    assert suite.rpc("isp.onu", "read", [onu], ["status"])[0]["status"] == "assigned"

    # --- the network follows by itself: nobody calls the executor here ---
    me.credentials = me.radius_login()
    code, attributes = eventually(
        lambda: (result := me.authenticate())[0] == "Access-Accept" and result,
        "the customer may log in",
    )
    assert attributes["Mikrotik-Rate-Limit"].split()[0] == "50M/100M"
    assert attributes["Framed-IP-Address"] == active["ip_address"]
    assert suite.login(me.credentials[0], "wrong", NAS_SECRET)[0] == "Access-Reject"

    # --- the month is charged, invoiced and not paid ---
    run_billing(suite, me.contract, month(today))
    run_billing(suite, me.contract, month(today))  # twice: nothing more
    recurring = [c for c in charges(suite, me.contract) if c["kind"] == "recurring"]
    assert [c["period_key"] for c in recurring] == [month(today)]
    assert recurring[0]["state"] == "invoiced"
    invoices = suite.rpc(
        "account.move",
        "search_read",
        [("partner_id", "=", partner), ("move_type", "=", "out_invoice")],
        ["state", "amount_residual", "invoice_date_due", "name"],
    )
    assert [i["state"] for i in invoices] == ["posted"]
    debt = invoices[0]["amount_residual"]
    assert 0 < debt <= 25.0 * 1.3

    # --- a NAS with an open session of the customer ---
    nas = Listener()
    suite.rpc("isp.nas", "write", [suite.ref("silver_isp.nas_centro")], {"coa_port": nas.port})
    suite.sql(
        "INSERT INTO radacct (acctsessionid, acctuniqueid, username, nasipaddress, acctstarttime,"
        " acctupdatetime, framedipaddress) VALUES ('s1', 'u-life-1', %s, '127.0.0.1', now(), now(),"
        " %s)",
        suite.radius_database,
        (me.credentials[0], active["ip_address"]),
    )

    # --- the due date passes: dunning suspends ---
    late = date.fromisoformat(invoices[0]["invoice_date_due"]) + timedelta(days=60)
    while late.weekday() >= 5 or late.day > 28:  # a working day, away from month ends
        late -= timedelta(days=1)
    dunning = suite.rpc(
        "isp.dunning.run",
        "create",
        {"date": late.isoformat(), "contract_ids": [(6, 0, [me.contract])]},
    )
    suite.rpc("isp.dunning.run", "action_preview", [dunning])
    assert me.read("state")["state"] == "active", "a preview changes nothing"
    suite.rpc("isp.dunning.run", "action_run", [dunning])
    suspended = me.read("state", "state_reason", "ip_address")
    assert (suspended["state"], suspended["state_reason"]) == ("suspended", "non_payment")
    assert suspended["ip_address"] == active["ip_address"], "kept while suspended"

    assert nas.acknowledge_disconnect() == me.credentials[0]
    suite.sql(
        "UPDATE radacct SET acctstoptime = now() WHERE acctuniqueid = 'u-life-1'",
        suite.radius_database,
    )
    code, attributes = me.authenticate()
    assert code == "Access-Accept"
    assert "Framed-IP-Address" not in attributes, "outside the customer's address"
    assert not attributes["Mikrotik-Rate-Limit"].startswith("50M/100M")

    # --- money comes in: the service resumes by itself ---
    owed = suite.rpc("res.partner", "read", [partner], ["isp_debt"])[0]["isp_debt"]
    payment = me.call(
        "action_register_payment",
        amount=owed,
        method="transfer",
        external_reference="BANCO-0001",
        date=late.isoformat(),
    )
    again = me.call(
        "action_register_payment",
        amount=owed,
        method="transfer",
        external_reference="BANCO-0001",
        date=late.isoformat(),
    )
    assert payment == again, "the same bank reference is the same payment"
    assert me.read("state")["state"] == "active"
    assert suite.rpc("res.partner", "read", [partner], ["isp_debt"])[0]["isp_debt"] == 0
    settled = suite.rpc(
        "account.move",
        "search_read",
        [("partner_id", "=", partner), ("move_type", "=", "out_invoice")],
        ["payment_state", "amount_residual"],
    )
    assert {(i["payment_state"], i["amount_residual"]) for i in settled} == {("paid", 0.0)}
    assert {c["state"] for c in charges(suite, me.contract)} <= {"paid", "void"}
    eventually(
        lambda: me.authenticate()[1].get("Framed-IP-Address") == active["ip_address"],
        "the customer has the full service again",
    )

    # --- a faster plan ---
    me.call("action_change_plan", product_id=plan[1])
    eventually(
        lambda: me.authenticate()[1]["Mikrotik-Rate-Limit"].startswith("150M/300M"),
        "the speed of the new plan",
    )

    # --- the end ---
    me.call("action_cancel", reason="customer_request")
    assert me.call("action_cancel", reason="customer_request"), "asking again is a no-op"
    eventually(lambda: me.authenticate()[0] == "Access-Reject", "the customer is refused")
    gone = me.read("state", "ip_address", "splitter_port_id")
    assert gone["state"] == "cancelled" and not gone["ip_address"]
    freed = suite.rpc("isp.splitter.port", "read", [port], ["state", "available_from"])[0]
    assert freed["state"] == "free" and freed["available_from"], "free, after a rest"
    address = suite.rpc(
        "isp.ip.reservation",
        "search_read",
        [("last_partner_id", "=", partner)],
        ["state"],
    )
    # its IPv4 address and its IPv6 prefix
    assert address and {row["state"] for row in address} == {"quarantine"}
    custody = suite.rpc(
        "isp.equipment.assignment",
        "search_read",
        [("contract_id", "=", me.contract), ("date_to", "=", False)],
        ["item_id"],
    )
    assert len(custody) == 1, "the ONU is still with the customer, to be recovered"
    events = suite.rpc(
        "isp.contract.event",
        "search_read",
        [("contract_id", "=", me.contract)],
        ["transition", "reason"],
        order="id",
    )
    assert [e["transition"] for e in events if e["transition"] in VERBS] == [
        "reserve",
        "activate",
        "suspend",
        "resume",
        "cancel",
    ]


VERBS = {"reserve", "activate", "suspend", "resume", "cancel"}


def test_wrong_values_say_why_and_leave_nothing(suite, plan):
    partner = suite.rpc("res.partner", "create", {"name": "Valores Malos"})
    values = {"partner_id": partner, "product_id": plan[0]}
    for wrong in (
        {"billing_day": 0},
        {"billing_day": 32},
        {"state": "active"},
        {"product_id": 999999},
    ):
        with pytest.raises(xmlrpc.client.Fault) as refusal:
            suite.rpc("isp.contract", "create", {**values, **wrong})
        assert "Traceback" not in refusal.value.faultString, wrong
    assert suite.rpc("isp.contract", "search_count", [("partner_id", "=", partner)]) == 0

    contract = suite.rpc("isp.contract", "create", values)
    for verb, kwargs in (
        ("action_suspend", {"reason": "because"}),
        ("action_suspend", {"reason": "abuse"}),
        ("action_activate", {"date": "not a date"}),
        ("action_register_payment", {"amount": -5}),
        ("action_change_plan", {"product_id": 999999}),
        ("write", None),
    ):
        with pytest.raises(xmlrpc.client.Fault) as refusal:
            if kwargs is None:
                suite.rpc("isp.contract", "write", [contract], {"state": "active"})
            else:
                suite.rpc("isp.contract", verb, [contract], **kwargs)
        assert "Traceback" not in refusal.value.faultString, (verb, refusal.value.faultString)
    assert suite.rpc("isp.contract", "read", [contract], ["state"])[0]["state"] == "draft"


def test_radius_away_does_not_stop_a_suspension(suite, plan):
    """The commercial truth does not wait for the network, and the network catches up."""
    me = Customer(suite, "Red Caída")
    contract = me.contract = suite.rpc(
        "isp.contract",
        "create",
        {
            "partner_id": suite.rpc("res.partner", "create", {"name": me.name}),
            "product_id": plan[0],
            "splitter_id": suite.ref("silver_isp.splitter_centro_01"),
        },
    )
    (onu,) = suite.rpc(
        "isp.onu",
        "action_receive",
        serials=["HWTC0A1B2C99"],
        product_id=suite.ref("silver_inventory.product_onu_huawei"),
    )
    suite.rpc("isp.contract", "write", [contract], {"onu_id": onu})
    me.call("action_activate")
    me.credentials = me.radius_login()
    eventually(lambda: "Framed-IP-Address" in me.authenticate()[1], "the customer logs in")

    suite.take_radius_database_away()
    try:
        assert me.call("action_suspend", reason="abuse", note="prueba")
        assert me.read("state")["state"] == "suspended"
        me.reconcile()
        pending = suite.rpc(
            "isp.provisioning.target",
            "search_read",
            [("contract_id", "=", contract)],
            ["state", "last_error"],
        )
        assert any(row["state"] != "in_sync" and row["last_error"] for row in pending)
    finally:
        suite.bring_radius_database_back()
    eventually(
        lambda: "Framed-IP-Address" not in (me.authenticate()[1] or {"Framed-IP-Address": 1}),
        "the suspension arrives when the database is back",
        timeout=120,
    )
    me.call("action_resume", reason="other")
    eventually(lambda: "Framed-IP-Address" in me.authenticate()[1], "and so does the end of it")
