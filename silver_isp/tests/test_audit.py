from .common import PlantCase


class TestAudit(PlantCase):
    def findings(self):
        return {finding["name"] for finding in self.env["silver.audit"].run()}

    def test_sound_plant(self):
        self.port._lend(self.ana, "C-1")._confirm()
        self.assertFalse(self.findings())

    def test_sees_what_constraints_do_not(self):
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE isp_splitter_port SET state = 'cascade' WHERE id = %s", [self.port.id]
        )
        self.env.cr.execute(
            "DELETE FROM isp_onu_slot WHERE port_id = %s AND onu_index = 3", [self.pon.id]
        )
        self.assertEqual(
            self.findings(),
            {"isp_cascade_port_feeds_one_splitter", "isp_pon_has_all_its_places"},
        )

    def test_sees_a_missing_constraint(self):
        self.env.cr.execute("ALTER TABLE isp_splitter DROP CONSTRAINT isp_splitter_feed")
        self.assertIn("missing_constraint", self.findings())
