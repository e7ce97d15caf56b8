from .common import PlantCase


class TestSettings(PlantCase):
    def test_numbers_are_kept_zero_included(self):
        settings = self.env["res.config.settings"].create(
            {"isp_cooling_hours": 0, "isp_max_drop_m": 500}
        )
        settings.execute()
        plant = self.env["isp.plant.settings"]
        self.assertEqual(plant._get("cooling_hours"), 0)
        self.assertEqual(plant._get("max_drop_m"), 500)
        self.assertEqual(plant._get("margin_db"), 3.0)
        self.assertEqual(self.env["res.config.settings"].create({}).isp_max_drop_m, 500)

    def test_losses_reach_the_splitters(self):
        self.assertAlmostEqual(self.trunk.path_loss_db, 0.85)
        self.env["res.config.settings"].create({"isp_fibre_db_km": 1.35}).execute()
        self.assertAlmostEqual(self.trunk.path_loss_db, 1.85)
        self.assertAlmostEqual(self.leaf.path_loss_db, 1.85 + 7.4 + 0.5)

    def test_nonsense_parameter_falls_back(self):
        self.env["ir.config_parameter"].set_param("silver_isp.margin_db", "much")
        self.assertEqual(self.env["isp.plant.settings"]._get("margin_db"), 3.0)
