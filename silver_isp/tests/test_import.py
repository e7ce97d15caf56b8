import base64

from odoo.exceptions import UserError

from .common import PlantCase

PLANT = """tipo;codigo;nombre;padre;base;zona;latitud;longitud;modelo;relacion;caja;km;limite
zona;I-Z;Import;;;;;;;;;;
base;I-B;Base import;;;I-Z;19,1;-98,1;;;;;
olt;I-OLT;;;I-B;;;;Test chassis;;;;
caja;I-N1;;;I-B;;19,101;-98,101;;;;;
splitter;I-S1;;I-OLT 0/1;;;;;;1:4;;1,5;
splitter;I-S2;;I-S1/2;;;;;;8;I-N1;;
sector;I-R;;;I-B;;;;;;;;10
"""


class TestImport(PlantCase):
    def wizard(self, text, dry_run=False):
        wizard = self.env["isp.plant.import"].create(
            {
                "file": base64.b64encode(text.encode()),
                "dry_run": dry_run,
                "company_id": self.company.id,
            }
        )
        wizard.action_run()
        return wizard

    def find(self, model, code, key="code"):
        return self.env[model].search([(key, "=", code), ("company_id", "=", self.company.id)])

    def test_whole_plant(self):
        wizard = self.wizard(PLANT)
        self.assertEqual(
            wizard.line_ids.mapped("verdict"),
            ["created"] * 7,
            wizard.line_ids.mapped("message"),
        )
        leaf = self.find("isp.splitter", "I-S2")
        self.assertEqual(leaf.parent_id.code, "I-S1")
        self.assertEqual(leaf.olt_port_id.name, "I-OLT 0/1")
        self.assertEqual(leaf.nap_id.zone_id.name, "Import")
        self.assertEqual(leaf.parent_id.feeder_km, 1.5)
        self.assertEqual(len(self.find("isp.sector", "I-R", "name").slot_ids), 10)

    def test_again_changes_nothing(self):
        self.wizard(PLANT)
        wizard = self.wizard(PLANT)
        self.assertEqual(
            set(wizard.line_ids.mapped("verdict")),
            {"unchanged"},
            wizard.line_ids.mapped("message"),
        )

    def test_updates_what_changed(self):
        self.wizard(PLANT)
        wizard = self.wizard(PLANT.replace("I-S1/2", "I-S1/3").replace("19,101", "19,102"))
        self.assertEqual(
            wizard.line_ids.filtered(lambda line: line.verdict == "updated").mapped("code"),
            ["I-N1", "I-S2"],
        )
        self.assertEqual(self.find("isp.splitter", "I-S2").parent_port_id.number, 3)

    def test_rehearsal_leaves_nothing(self):
        wizard = self.wizard(PLANT, dry_run=True)
        self.assertEqual(wizard.line_ids.mapped("verdict"), ["created"] * 7)
        self.assertEqual(wizard.state, "rehearsed")
        self.assertFalse(self.find("isp.nap", "I-N1"))
        wizard.action_import()
        self.assertTrue(self.find("isp.nap", "I-N1"))

    def test_a_bad_row_stops_nobody_else(self):
        text = (
            "type,code,base,latitude,longitude,parent,ratio,model\n"
            "nap,G-1,T-BASE,19.002,-98.002,,,\n"
            "nap,B-1,NOWHERE,19,-98,,,\n"
            "nap,B-2,T-BASE,-98.002,19.002,,,\n"
            "splitter,B-3,,,,T-LEAF/99,8,\n"
            "splitter,B-4,,,,T-OLT 7/7,8,\n"
            "splitter,B-5,,,,T-OLT 0/1,7,\n"
            "splitter,B-6,,,,here,8,\n"
            "splitter,B-7,,,,T-LEAF/8,64,\n"
            "olt,B-8,T-BASE,,,,,Unknown\n"
            "nap,G-2,T-BASE,19.003,-98.002,,,\n"
        )
        wizard = self.wizard(text)
        verdicts = dict(zip(wizard.line_ids.mapped("code"), wizard.line_ids, strict=True))
        self.assertEqual(verdicts["G-1"].verdict, "created")
        self.assertEqual(verdicts["G-2"].verdict, "created")
        for code, why in {
            "B-1": "NOWHERE",
            "B-2": "other's place",
            "B-3": "no port 99",
            "B-4": "no PON port",
            "B-5": "1:7",
            "B-6": "neither a PON port",
            "B-7": "dB short",
            "B-8": "no OLT model",
        }.items():
            with self.subTest(code):
                self.assertEqual(verdicts[code].verdict, "error")
                self.assertIn(why, verdicts[code].message)
        self.assertEqual(self.leaf.port_ids[7].state, "free", "nothing half done")
        self.assertIn("2 created", wizard.summary)

    def test_bad_file(self):
        for text, why in (("\n", "empty"), ("a,b\n1,2\n", "missing")):
            with self.assertRaisesRegex(UserError, why):
                self.wizard(text)
