from odoo import fields
from odoo.tests import new_test_user

from odoo.addons.silver_contract.tests.common import ContractCommon

from .lab import NAS_SECRET, RadiusLab, Router


class ProvisioningCommon(ContractCommon):
    """The small provider of ``silver_contract``, with a real FreeRADIUS and a router."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lab = RadiusLab.get(cls.env.cr.dbname)
        # the devices of the demo data are not ours to write to
        cls.env["isp.provisioning.device"].search([]).enabled = False
        cls.env["isp.provisioning.target"].search([]).state = "held"
        cls.server = cls.env["isp.radius.server"].create(
            {"name": "Test RADIUS", "host": "127.0.0.1", "sql_database": cls.lab.name}
        )
        cls.nas = cls.env["isp.nas"].create(
            {
                "name": "Test router",
                "base_station_id": cls.base.id,
                "management_address": "127.0.0.1",
                "radius_secret": NAS_SECRET,
                "radius_server_id": cls.server.id,
            }
        )
        cls.operator = new_test_user(
            cls.env, login="t_operator", groups="silver_base.group_silver_operator"
        )
        cls.Target = cls.env["isp.provisioning.target"]

    def setUp(self):
        super().setUp()
        self.lab.clear()
        self.addCleanup(self.lab.back)

    def drain(self, **kwargs):
        """The executors' work, each transaction a savepoint of the test's."""
        self.env.flush_all()
        with self.enter_registry_test_mode():
            counts = self.Target.drain(**kwargs)
        self.env.invalidate_all()
        return counts

    def router(self, answer="ack"):
        router = Router(self.lab, answer)
        router.__enter__()
        self.addCleanup(router.__exit__)
        self.nas.coa_port = router.port
        return router

    def activated(self, index=0, drain=True, **vals):
        contract = self._fiber(index, **vals)
        if drain:
            self.drain()
        return contract

    def login(self, contract, password=None):
        user = contract.radius_user_id.sudo()
        return self.lab.login(user.username, password or user.password)

    def online(self, contract, session="s1", **attributes):
        self.lab.accounting(
            "Start",
            contract.radius_user_id.username,
            session,
            NAS_Port=1,
            Framed_IP_Address="100.64.0.10",
            **attributes,
        )

    def targets(self, contract, kind=None):
        return contract.target_ids.filtered(lambda t: not kind or t.kind == kind)

    def due_again(self):
        """Let the back-off pass."""
        self.Target.search([("state", "=", "pending")]).next_attempt = fields.Datetime.now()
        self.env["isp.provisioning.device"].search([]).breaker_until = False
        self.env.flush_all()

    def recover(self, rounds=4):
        """Time passes, and the devices are asked again, as the executors do: until nothing that can
        be done now is left. A busy machine may cost an attempt more."""
        for _round in range(rounds):
            self.due_again()
            if not self.drain()["retry"]:
                break
