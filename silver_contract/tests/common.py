from odoo.tests import TransactionCase, new_test_user


class ContractCommon(TransactionCase):
    """A small provider: one base with fiber and radio, equipment in stock, plans with a price."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context=dict(cls.env.context, tracking_disable=True, lang="en_US"))
        cls.Contract = cls.env["isp.contract"]
        cls.today = cls.Contract._today()
        cls.base = cls.env["isp.base.station"].create({"code": "TBASE", "name": "Test base"})
        olt = cls.env["isp.olt"].create({"name": "TOLT", "base_station_id": cls.base.id})
        card = cls.env["isp.olt.card"].create({"olt_id": olt.id, "slot": 1})
        cls.pon = card.port_ids[:1] or cls.env["isp.olt.card.port"].create(
            {"card_id": card.id, "number": 1}
        )
        cls.nap = cls.env["isp.nap"].create(
            {
                "code": "TNAP",
                "base_station_id": cls.base.id,
                "latitude": -0.2,
                "longitude": -78.5,
            }
        )
        cls.splitter = cls.env["isp.splitter"].create(
            {
                "code": "TSPL",
                "olt_port_id": cls.pon.id,
                "ratio": "16",
                "nap_id": cls.nap.id,
                "feeder_km": 1.0,
            }
        )
        if not cls.splitter.port_ids:
            cls.splitter.action_generate_ports()
        cls.ports = cls.splitter.port_ids
        cls.sector = cls.env["isp.sector"].create(
            {"name": "TSEC", "base_station_id": cls.base.id, "max_clients": 5}
        )
        cls.plan_fiber = cls._plan("T-F100", "fiber", 30.0)
        cls.plan_fiber_big = cls._plan("T-F300", "fiber", 45.0)
        cls.plan_radio = cls._plan("T-R10", "wireless", 20.0)
        cls.plan_pppoe = cls._plan("T-P20", "pppoe", 18.0)
        cls.plan_tv = cls._plan("T-TV", "any", 9.0, category="tv")
        cls.plan_year = cls._plan("T-Y100", "fiber", 300.0, policy="annual")
        onu_product = cls._equipment_product("Test ONU", "onu")
        cpe_product = cls._equipment_product("Test antenna", "antenna")
        cls.onus = cls._receive("isp.onu", "TSTF0000", 8, onu_product)
        cls.cpes = cls._receive("isp.cpe", "TSTA0000", 3, cpe_product)
        cls.partner = cls.env["res.partner"].create(
            {"name": "Ana Test", "partner_latitude": -0.2001, "partner_longitude": -78.5001}
        )
        cls.support = new_test_user(
            cls.env, login="t_support", groups="silver_base.group_silver_support"
        )
        cls.collection = new_test_user(
            cls.env, login="t_collection", groups="silver_base.group_silver_collection"
        )
        cls.technician = new_test_user(
            cls.env, login="t_technician", groups="silver_base.group_silver_technician"
        )

    @classmethod
    def _plan(cls, code, technology, price, category="internet", policy="monthly"):
        plan = cls.env["product.product"].create(
            {
                "name": f"Plan {code}",
                "is_isp_plan": True,
                "plan_code": code,
                "service_category": category,
                "access_technology": technology,
                "download_mbps": 100,
                "upload_mbps": 50,
                "billing_policy": policy,
            }
        )
        cls.env["isp.plan.price"].create(
            {"product_id": plan.id, "amount": price, "effective_from": "2020-01-01"}
        )
        return plan

    @classmethod
    def _equipment_product(cls, name, kind):
        return cls.env["product.product"].create(
            {
                "name": name,
                "type": "consu",
                "is_storable": True,
                "tracking": "serial",
                "is_isp_equipment": True,
                "equipment_kind": kind,
            }
        )

    @classmethod
    def _receive(cls, model, prefix, count, product):
        serials = [f"{prefix}{number:04d}" for number in range(1, count + 1)]
        ids = cls.env[model].action_receive(serials=serials, product_id=product.id)
        return cls.env[model].browse(ids)

    @classmethod
    def _customer(cls, name="Customer"):
        return cls.env["res.partner"].create({"name": name})

    def _contract(self, plan=None, partner=None, **vals):
        return self.Contract.create(
            {
                "partner_id": (partner or self._customer()).id,
                "product_id": (plan or self.plan_tv).id,
                **vals,
            }
        )

    def _fiber(self, index=0, active=True, **vals):
        contract = self._contract(
            self.plan_fiber,
            splitter_port_id=self.ports[index].id,
            onu_id=self.onus[index].id,
            **vals,
        )
        if active:
            contract.action_activate()
        return contract

    def _last_event(self, contract):
        return contract.event_ids.sorted("id")[-1]

    def assertNoFindings(self):
        """The promises of this module hold."""
        findings = [
            finding
            for finding in self.env["silver.audit"].run()
            if finding["name"].startswith(("contract", "delivered", "port_of", "scheduled"))
        ]
        self.assertEqual(findings, [])
