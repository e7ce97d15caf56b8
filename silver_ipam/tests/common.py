from odoo.tests import new_test_user

from odoo.addons.silver_contract.tests.common import ContractCommon

from ..models.isp_ip_reservation_taking import Want


class IpamCommon(ContractCommon):
    """The small provider of the contracts, with one small pool of hosts in its base."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Pool = cls.env["isp.ip.pool"]
        cls.Reservation = cls.env["isp.ip.reservation"]
        cls.History = cls.env["isp.ip.assignment.history"]
        cls.internet = cls.env.ref("silver_ipam.routing_domain_internet")
        cls.other_base = cls.env["isp.base.station"].create({"code": "TBASE2", "name": "Other"})
        cls.operator = new_test_user(
            cls.env, login="t_operator", groups="silver_base.group_silver_operator"
        )

    def setUp(self):
        super().setUp()
        # a sequence does not roll back with the test: each has its own pool
        self.pool = self._pool("10.77.0.0/28", gateway="10.77.0.1")

    @classmethod
    def _pool(cls, cidr, base=None, **vals):
        return cls.Pool.create(
            {
                "label": cidr,
                "cidr": cidr,
                "base_station_id": (base or cls.base).id,
                "quarantine_hours": 24,
                **vals,
            }
        )

    def _take(self, pool=None, partner=None, contract=None, state="reserved", until=None):
        """:return: (reservation, how)"""
        partner = partner or (contract.partner_id if contract else self._customer())
        want = Want(
            (pool or self.pool).ids,
            contract.id if contract else None,
            partner.id,
            None,
            state,
            until,
        )
        return self.Reservation._take([want], "test")[0]

    def _service(self, plan=None, active=True, **vals):
        """A PPPoE contract of the base: needs no port, gets an address."""
        vals.setdefault("base_station_id", self.base.id)
        contract = self._contract(plan or self.plan_pppoe, **vals)
        if active:
            contract.action_activate()
        return contract

    def _rest_is_over(self, rows):
        """Time passes: the quarantine of ``rows`` ended an hour ago. (Only the owner of the
        database
        can do this; the guard refuses it to everybody else.)"""
        self.env.flush_all()
        self.env.cr.execute(
            "ALTER TABLE isp_ip_reservation DISABLE TRIGGER isp_ip_reservation_guard"
        )
        self.env.cr.execute(
            "UPDATE isp_ip_reservation SET available_at = timezone('UTC', now()) - interval '1 "
            "hour'"
            " WHERE id IN %s",
            [tuple(rows.ids)],
        )
        self.env.cr.execute(
            "ALTER TABLE isp_ip_reservation ENABLE TRIGGER isp_ip_reservation_guard"
        )
        self.env.invalidate_all()

    def assertPromises(self):
        findings = [
            f for f in self.env["silver.audit"].run() if f["name"].startswith(("ip_", "missing"))
        ]
        self.assertEqual(findings, [])
