from itertools import combinations
from unittest.mock import patch

from odoo.models import BaseModel
from odoo.tests import tagged

from .common import ContractCommon


@tagged("post_install", "-at_install")
class TestPivot(ContractCommon):
    """The pivot in one pass answers what Odoo answers, group by group, in the same order."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # names against the order of the numbers, inactive and empty groups
        plans = cls.plan_tv | cls.plan_pppoe | cls.plan_radio
        for number, plan in enumerate(plans):
            plan.default_code = f"{9 - number}"
        for number, plan in enumerate([*plans, cls.plan_tv, cls.plan_tv]):
            cls.Contract.create(
                {
                    "partner_id": cls.env["res.partner"].create({"name": f"P{9 - number}"}).id,
                    "product_id": plan.id,
                    "base_station_id": number % 2 and cls.base.id,
                    "date_start": f"2026-0{1 + number}-10",
                    "has_custom_price": number > 2,
                    "custom_price": number,
                }
            )
        cls.plan_radio.active = False

    def ask(self, model, levels, aggregates, **kwargs):
        return self.env[model].formatted_read_grouping_sets([], levels, aggregates, **kwargs)

    def compare(self, model, levels, aggregates=("__count",), **kwargs):
        ours = self.ask(model, levels, aggregates, **kwargs)
        with patch.object(
            self.env.registry[model], "_read_grouping_sets", BaseModel._read_grouping_sets
        ):
            odoos = self.ask(model, levels, aggregates, **kwargs)
        for level, mine, theirs in zip(levels, ours, odoos, strict=True):
            self.assertEqual(mine, theirs, f"{model} {levels}: {level}")

    def test_same_answer(self):
        specs = ["product_id", "state", "base_station_id", "date_start:month", "partner_id"]
        sums = ("__count", "custom_price:sum", "billing_day:sum")
        for size in (1, 2, 3):
            for chosen in combinations(specs, size):
                levels = [chosen[:depth] for depth in range(size + 1)]
                self.compare("isp.contract", levels, sums)
                self.compare("isp.contract", [*levels, chosen[-1:]], sums)
        self.compare("isp.contract.event", [[], ["transition"], ["transition", "product_id"]])

    def test_what_does_not_add_up_goes_the_way_of_odoo(self):
        for levels, aggregates, kwargs in (
            ([[], ["product_id"]], ["custom_price:avg", "__count"], {}),
            ([[], ["name"]], ["__count"], {}),
            ([["state"], ["product_id"]], ["__count"], {}),
            ([[], ["tag_ids"], ["tag_ids", "state"]], ["__count"], {}),
            ([[], ["date_start:day_of_week"]], ["__count"], {}),
            ([[], ["state"]], ["__count"], {"order": "__count desc"}),
        ):
            self.compare("isp.contract", levels, aggregates, **kwargs)

    def test_nothing_found(self):
        levels = [[], ["product_id"], ["product_id", "state"]]
        found = self.Contract.formatted_read_grouping_sets([("id", "=", 0)], levels, ["__count"])
        self.assertEqual([len(level) for level in found], [1, 0, 0])
        self.assertEqual(found[0][0]["__count"], 0)

    def test_one_look_at_the_rows(self):
        levels = [[], ["product_id"], ["product_id", "state"]]
        asked = []
        execute = self.env.cr.execute

        def note(query, *args, **kwargs):
            asked.append(str(query))
            return execute(query, *args, **kwargs)

        with patch.object(self.env.cr, "execute", note):
            self.ask("isp.contract", levels, ["__count"])
        looks = [query for query in asked if "COUNT(*)" in query]
        self.assertEqual(len(looks), 1, looks)
        self.assertNotIn("product_template", looks[0])
