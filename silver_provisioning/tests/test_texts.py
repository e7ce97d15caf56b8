"""Every message of every driver is known, so that people read it in their language."""

import ast
from pathlib import Path

from odoo.tests import TransactionCase, tagged

from ..models.driver_steps import JOINERS, SAID, STEPS, find_step, spoken_said, spoken_steps
from ..models.driver_texts import TEXTS, find, spoken

MODULE = Path(__file__).parents[1]
ERRORS = {"DriverError", "Retryable", "Unreachable", "Permanent", "NeedsHuman", "Denied", "Trap"}
#: Sentences put together elsewhere: what is said of whom.
GONE = {"mikrotik": "The router x {}.", "olt": "The OLT x {}."}


def sample(node):
    """A message as it may read: what is put into it becomes ``x``; None when it is not a text."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(
            part.value if isinstance(part, ast.Constant) else "x" for part in node.values
        )
    return None


def messages():
    """:return: list of (file and line, message) of the sources"""
    found = []
    paths = [*MODULE.glob("drivers/**/*.py"), *MODULE.glob("models/*.py")]
    for path in sorted(paths):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = ast.unparse(node.func).split(".")[-1]
            where = f"{path.relative_to(MODULE)}:{node.lineno}"
            if name in ERRORS or (name == "kind" and "drivers" in path.parts):
                found.append((where, sample(node.args[0])))
            elif name == "_gone" and path.parent.name in GONE:
                text = sample(node.args[0])
                found.append((where, text and GONE[path.parent.name].format(text)))
            elif name == "Step" and sample(node.args[0]) in ("refuse", "conflict"):
                found.append((where, sample(node.args[2])))
    frames = {"The router x x.", "The OLT x x."}
    return [(where, text) for where, text in found if text and text not in frames]


def summaries():
    """:return: list of (file and line, what a step says) of the sources"""
    found = []
    for path in sorted(MODULE.glob("drivers/**/*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            name = ast.unparse(node.func).split(".")[-1] if isinstance(node, ast.Call) else ""
            place = {"Step": 2, "_step": 3}.get(name)
            if place and len(node.args) > place and sample(node.args[place]):
                where = f"{path.relative_to(MODULE)}:{node.lineno}"
                found.append((where, sample(node.args[place])))
    return found


@tagged("post_install", "-at_install")
class TestTexts(TransactionCase):
    def test_every_step_is_known(self):
        found = summaries()
        self.assertGreater(len(found), 30, "the sources were read")
        unknown = [f"{where}: {text}" for where, text in found if not find_step(text)]
        self.assertEqual(unknown, [], "add them to models/driver_steps.py, and their Spanish")

    def test_every_message_is_known(self):
        found = messages()
        self.assertGreater(len(found), 60, "the sources were read")
        unknown = [f"{where}: {text}" for where, text in found if not find(text)]
        self.assertEqual(unknown, [], "add them to models/driver_texts.py, and their Spanish")

    def test_the_causes_of_a_refusal_are_known(self):
        from ..drivers.coa_wire import CAUSES, Answer, refusal

        for cause in [*CAUSES, 599]:
            self.assertTrue(find(str(refusal(Answer("CoA-NAK", False, cause)))), cause)

    def test_in_spanish(self):
        self.env["res.lang"]._activate_lang("es_419")
        env = self.env(context={"lang": "es_419"})
        for text in (*TEXTS, *STEPS, *SAID, *JOINERS[:2]):
            self.assertNotEqual(env._(text), text._source, "no Spanish")
        self.assertEqual(
            spoken(env, "The router 10.0.0.1:3799 did not answer\nsocket closed"),
            "El router 10.0.0.1:3799 no respondió",
        )
        self.assertEqual(spoken(env, "Never heard of"), "Never heard of")
        self.assertEqual(
            spoken_steps(env, "activate HWTC00000001\nno such line"),
            "activar HWTC00000001\nno such line",
        )

    def test_rows_of_radius_are_known(self):
        from ..drivers.radius_policy import Row
        from ..drivers.radius_sql import describe

        tables = {
            "radcheck": ("ana", "Cleartext-Password", ":=", "x"),
            "radreply": ("ana", "Framed-IP-Address", ":=", "100.64.0.10"),
            "radusergroup": ("ana", "fibra-100", 10),
            "radgroupreply": ("fibra-100", "Mikrotik-Rate-Limit", ":=", "10M/50M"),
            "radgroupcheck": ("suspended", "Auth-Type", ":=", "Reject"),
            "nas": ("10.0.0.1", "bras", "other", "x"),
        }
        for table, values in tables.items():
            for sign in "+-":
                line = f"{sign} {describe(Row(table, values))}"
                text, _names = find_step(line) or (None, None)
                self.assertTrue(any(text is known for known in STEPS), line)

    def test_journal_in_spanish(self):
        """Who reads the journal in Spanish finds no English in what was done."""
        self.env["res.lang"]._activate_lang("es_419")
        env = self.env(context={"lang": "es_419"})
        said = spoken_said(
            env,
            "disconnect session s1 on 10.0.0.1: the router does not know it, closed in the "
            "accounting\n"
            "change the speed of session s1 on 10.0.0.1 to 5M/9M: CoA-ACK, the router shows "
            "5M/9M\n"
            "change the speed of session s1 on 10.0.0.1 to 5M/9M: CoA-ACK, but the router shows "
            "1M/1M; so Disconnect-ACK\n"
            "disconnect session s1 on 10.0.0.1: The router 10.0.0.1 did not answer\n"
            "+ radusergroup suspended (priority 1)",
        )
        self.assertEqual(
            said.split("\n"),
            [
                "desconectar la sesión s1 en 10.0.0.1: el router no la conoce, cerrada en la "
                "contabilidad",
                "cambiar la velocidad de la sesión s1 en 10.0.0.1 a 5M/9M: CoA-ACK, el router "
                "muestra 5M/9M",
                "cambiar la velocidad de la sesión s1 en 10.0.0.1 a 5M/9M: CoA-ACK, pero el router "
                "muestra 1M/1M; entonces Disconnect-ACK",
                "desconectar la sesión s1 en 10.0.0.1: El router 10.0.0.1 no respondió",
                "RADIUS: entra en el grupo suspended (prioridad 1)",
            ],
        )
        attempt = env["isp.provisioning.attempt"].new(
            {
                "plan": "activate HWTC00000001",
                "transcript": "activate HWTC00000001",
                "error": "The OLT 10.0.0.9 does not answer.\nTimeout: x",
            }
        )
        self.assertEqual(attempt.steps, "activar HWTC00000001")
        self.assertEqual(attempt.done, "activar HWTC00000001")
        self.assertEqual(attempt.reason, "La OLT 10.0.0.9 no responde.")
