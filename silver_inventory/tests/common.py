from odoo.tests import TransactionCase, new_test_user


class InventoryCase(TransactionCase):
    """One base with ONUs, a technician with a van, two customers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "tracking_disable": True, "tz": "UTC"})
        cls.station = cls.env["isp.base.station"].create({"name": "Prueba", "code": "PRB-1"})
        cls.base = cls.env["stock.location"]._isp_base(cls.station)
        products = cls.env["product.product"]
        cls.onu_product = products.create(
            {
                "name": "ONU de prueba",
                "is_isp_equipment": True,
                "equipment_kind": "onu",
                "brand": "Huawei",
                "model": "TEST-ONU-1",
                "standard_price": 30,
            }
        )
        cls.router_product = products.create(
            {"name": "Router de prueba", "is_isp_equipment": True, "equipment_kind": "router"}
        )
        cls.ana, cls.bea = cls.env["res.partner"].create([{"name": "Ana"}, {"name": "Bea"}])
        cls.technician = new_test_user(
            cls.env, "inv_technician", "silver_base.group_silver_technician"
        )
        cls.operator = new_test_user(cls.env, "inv_operator", "silver_base.group_silver_operator")
        cls.staff = new_test_user(cls.env, "inv_staff", "silver_base.group_silver_user")
        cls.onus = cls._receive("PRUE0000000", 4)
        cls.items = cls.onus.item_id

    @classmethod
    def _receive(cls, prefix, count, product=None, location=None):
        model = "isp.onu" if not product or product == cls.onu_product else "isp.cpe"
        ids = cls.env[model].action_receive(
            serials=[f"{prefix}{number}" for number in range(count)],
            product_id=(product or cls.onu_product).id,
            location_id=(location or cls.base).id,
        )
        return cls.env[model].browse(ids)

    def _van(self, user=None):
        return self.env["stock.location"]._isp_van(user or self.technician)
