from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg2 import IntegrityError

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.transitions import LIVE_STATES, allowed_pairs
from .common import ContractCommon

VERBS = (
    "reserve",
    "activate",
    "suspend",
    "resume",
    "cancel",
    "plan",
    "schedule",
    "equipment",
    "pause",
    "address",
    "confirm_address",
    "holder",
    "recover",
    "state",
)
steps = st.lists(
    st.tuples(st.sampled_from(VERBS), st.integers(0, 4), st.integers(0, 5)), max_size=12
)


@tagged("post_install", "-at_install")
class TestProperty(ContractCommon):
    """Whatever people do, in whatever order, the promises hold."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        partners = [cls._customer(f"Random {index}") for index in range(6)]
        cls.partners = cls.env["res.partner"].union(*partners)
        rows = (
            (cls.plan_fiber, {"splitter_port_id": cls.ports[0].id, "onu_id": cls.onus[0].id}),
            (cls.plan_fiber, {"splitter_id": cls.splitter.id, "onu_id": cls.onus[0].id}),
            (cls.plan_fiber, {"splitter_port_id": cls.ports[0].id}),
            (cls.plan_radio, {"sector_slot_id": cls.sector.slot_ids[0].id}),
            (cls.plan_tv, {}),
        )
        cls.contracts = cls.Contract.create(
            [
                {"partner_id": partner.id, "product_id": plan.id, **vals}
                for partner, (plan, vals) in zip(cls.partners, rows, strict=False)
            ]
        )
        cls.env.flush_all()

    @settings(
        max_examples=500,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.booleans(), steps)
    def test_random_lives(self, running, sequence):
        savepoint = self.cr.savepoint()
        try:
            if running:  # half of the lives start in the middle, where most happens
                (self.contracts[0] | self.contracts[3:]).action_activate()
            for verb, who, what in sequence:
                self.step(verb, self.contracts[who], what)
            self.check()
        finally:
            savepoint.close(rollback=True)
            self.env.invalidate_all()

    def step(self, verb, contract, what):
        before = contract.state
        try:
            with mute_logger("odoo.sql_db"), self.cr.savepoint():
                getattr(self, f"do_{verb}")(contract, what)
                self.env.flush_all()
        except (UserError, ValidationError, IntegrityError):
            self.env.invalidate_all()
            self.assertEqual(contract.state, before, "a refused verb leaves the state")
            return
        path = contract.event_ids.sorted("id")
        self.assertTrue(
            all(
                event.state_from == event.state_to
                or (event.state_from, event.state_to) in allowed_pairs()
                for event in path
            )
        )

    def do_reserve(self, contract, what):
        contract.action_reserve(hours=what or None)

    def do_activate(self, contract, what):
        contract.action_activate()

    def do_suspend(self, contract, what):
        reasons = ("technical", "abuse", "technical", "payment", "other", "customer_request")
        contract.action_suspend(reason=reasons[what])

    def do_resume(self, contract, what):
        contract.action_resume(
            reason=("payment", "promise", "abuse", "other", "x", "technical")[what]
        )

    def do_cancel(self, contract, what):
        contract.action_cancel()

    def do_plan(self, contract, what):
        plans = (self.plan_fiber, self.plan_fiber_big, self.plan_radio, self.plan_tv)
        contract.action_change_plan(product_id=plans[what % 4].id)

    def do_schedule(self, contract, what):
        day = self.today.replace(year=self.today.year + 1)
        contract.action_change_plan(product_id=self.plan_fiber_big.id, date=day)

    def do_equipment(self, contract, what):
        contract.action_change_equipment(onu_id=self.onus[what].id)

    def do_pause(self, contract, what):
        contract.action_pause(date_to=self.today.replace(year=self.today.year + 1))

    def do_address(self, contract, what):
        contract.action_change_address(splitter_port_id=self.ports[what].id)

    def do_confirm_address(self, contract, what):
        contract.action_confirm_address()

    def do_holder(self, contract, what):
        contract.action_change_holder(partner_id=self.partners[what].id)

    def do_recover(self, contract, what):
        contract.action_recover_equipment()

    def do_state(self, contract, what):
        contract.state = ("draft", "pending", "active", "suspended", "cancelled", "x")[what]

    def check(self):
        self.assertNoFindings()
        live = self.contracts.filtered(lambda contract: contract.state in LIVE_STATES)
        held = self.ports.filtered("contract_id")
        self.assertLessEqual(held.contract_id, live)
        moving = self.contracts.address_change_ids.filtered(lambda row: row.state == "reserved")
        taken = self.ports.filtered(lambda port: port.state in ("reserved", "used"))
        self.assertEqual(taken, taken & (held | moving.splitter_port_id), "no port is lost")
        for contract in self.contracts.filtered(lambda c: c.state in ("active", "suspended")):
            self.assertTrue(contract.date_activation)
            if contract.access_technology == "fiber":
                self.assertEqual(contract.onu_id.partner_id, contract.partner_id)
        findings = [row for row in self.env["silver.audit"].run() if "assignment" in row["name"]]
        self.assertEqual(findings, [], "stock and custody agree")
