from odoo.tests import TransactionCase, tagged


@tagged("post_install", "-at_install")
class PlantCase(TransactionCase):
    """A small plant in a company of its own: nothing of the demo data is near it.

    OLT T-OLT: one card, 4 ports (0 to 3), 4 ONUs each. PON 0 > trunk 1:4 > leaf 1:8 in box T-BOX.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context=dict(cls.env.context, tracking_disable=True))
        cls.company = cls.env["res.company"].create({"name": "Plant test"})
        cls.env.user.company_ids |= cls.company
        cls.env = cls.env(context=dict(cls.env.context, allowed_company_ids=cls.company.ids))
        cls.ana, cls.beto = cls.env["res.partner"].create([{"name": "Ana"}, {"name": "Beto"}])
        cls.base = cls.env["isp.base.station"].create(
            {"code": "T-BASE", "name": "Test", "latitude": 19.0, "longitude": -98.0}
        )
        cls.chassis = cls.env["isp.olt.model"].create(
            {
                "name": "Test chassis",
                "slots": 1,
                "ports_per_card": 4,
                "max_onus": 4,
                "optical_class": "c_plus",
            }
        )
        cls.olt = cls.env["isp.olt"].create(
            {
                "name": "T-OLT",
                "base_station_id": cls.base.id,
                "olt_model_id": cls.chassis.id,
            }
        )
        cls.olt.action_generate()
        cls.pon, cls.other_pon = cls.olt.port_ids.sorted("number")[:2]
        cls.nap = cls.env["isp.nap"].create(
            {
                "code": "T-BOX",
                "base_station_id": cls.base.id,
                "latitude": 19.001,
                "longitude": -98.001,
            }
        )
        cls.trunk = cls.splitter("T-TRUNK", cls.pon, ratio="4", feeder_km=1)
        cls.leaf = cls.splitter("T-LEAF", feed=cls.trunk.port_ids[0], ratio="8", nap_id=cls.nap.id)
        cls.port = cls.leaf.port_ids[0]

    @classmethod
    def splitter(cls, code, pon=None, feed=None, **values):
        if pon:
            values["olt_port_id"] = pon.id
        if feed:
            values["parent_port_id"] = feed.id
        return cls.env["isp.splitter"].create({"code": code, **values})
