from datetime import date, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..rules import ageing, allocation, dunning, proration

D = Decimal
cents = st.integers(0, 500_00).map(lambda value: D(value) / 100)
some_cents = st.integers(1, 500_00).map(lambda value: D(value) / 100)


@tagged("post_install", "-at_install", "silver_pure")
class TestProration(BaseCase):
    def test_a_third_of_a_month(self):
        part = proration.segment("x", date(2026, 11, 21), date(2026, 11, 30), 30, 30)
        self.assertEqual((part.days, part.amount), (10, D(10)))

    def test_one_rounding_for_the_whole_charge(self):
        parts = [proration.segment("x", date(2026, 1, 1), date(2026, 1, 1), 1, 3)] * 3
        self.assertEqual(proration.total(parts, 0.01), D("1.00"))

    def test_half_a_cent_goes_up(self):
        self.assertEqual(proration.round_to(D("2.675"), 0.01), D("2.68"))
        self.assertEqual(proration.dec(19.99), D("19.99"))

    def test_suspended_days_count_once(self):
        pauses = [(date(2026, 1, 5), date(2026, 1, 10)), (date(2026, 1, 8), None)]
        self.assertEqual(proration.days_within(pauses, date(2026, 1, 1), date(2026, 1, 31)), 27)
        self.assertEqual(proration.days_within([], date(2026, 1, 1), date(2026, 1, 31)), 0)

    @given(cents, st.integers(1, 31), st.integers(0, 31))
    def test_the_two_halves_of_a_cycle_make_the_whole(self, price, days, first):
        first = min(first, days)
        start = date(2026, 1, 1)
        parts = [
            proration.segment("x", start, start, price, days, days=first),
            proration.segment("x", start, start, price, days, days=days - first),
        ]
        self.assertEqual(proration.total(parts, 0.01), price)

    @given(cents, cents, st.integers(1, 366), st.integers(0, 366))
    def test_changing_there_and_back_costs_nothing(self, old, new, days, left):
        left = min(left, days)
        there = proration.change_difference(old, new, days, left, 0.01)
        self.assertEqual(there, -proration.change_difference(new, old, days, left, 0.01))
        self.assertLessEqual(abs(there), abs(new - old))

    @given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=6))
    def test_days_within_is_a_count_of_days(self, pairs):
        start = date(2026, 1, 5)
        end = start + timedelta(days=20)
        day = date(2026, 1, 1)
        pauses = [(day + timedelta(days=a), day + timedelta(days=b)) for a, b in pairs if a <= b]
        expected = sum(
            any(first <= start + timedelta(days=n) <= last for first, last in pauses)
            for n in range(21)
        )
        self.assertEqual(proration.days_within(pauses, start, end), expected)


@tagged("post_install", "-at_install", "silver_pure")
class TestAllocation(BaseCase):
    def test_oldest_first(self):
        owed = [allocation.Owed("b", D(20), 2), allocation.Owed("a", D(10), 1)]
        found = allocation.allocate(owed, [allocation.Money("p", D(15), 1)])
        self.assertEqual(found, {("a", "p"): D(10), ("b", "p"): D(5)})

    def test_what_was_meant_for_a_charge_goes_there(self):
        owed = [allocation.Owed("a", D(10), 1), allocation.Owed("b", D(10), 2)]
        moneys = [
            allocation.Money("p", D(10), 1),
            allocation.Money("q", D(10), 2, ("b",)),
        ]
        found = allocation.allocate(owed, moneys)
        self.assertEqual(found, {("a", "p"): D(10), ("b", "q"): D(10)})

    @given(
        st.lists(some_cents, min_size=1, max_size=6),
        st.lists(
            st.tuples(some_cents, st.lists(st.integers(0, 5), max_size=3), st.booleans()),
            max_size=6,
        ),
        st.randoms(),
    )
    def test_promises(self, amounts, payments, random):
        owed = [allocation.Owed(i, amount, (i // 2, i)) for i, amount in enumerate(amounts)]
        moneys = [
            allocation.Money(f"p{i}", amount, i, tuple(targets), only)
            for i, (amount, targets, only) in enumerate(payments)
        ]
        found = allocation.allocate(owed, moneys)
        for charge in owed:
            given_to = sum(v for (key, _m), v in found.items() if key == charge.key)
            self.assertLessEqual(given_to, charge.amount)
        for money in moneys:
            spent = sum(v for (_c, key), v in found.items() if key == money.key)
            self.assertLessEqual(spent, money.amount)
        self.assertEqual(
            sum(found.values(), D(0)),
            min(sum(amounts, D(0)), sum((money.amount for money in moneys), D(0))),
            "nothing is left idle while something is owed",
        )
        self.assertTrue(all(value > 0 for value in found.values()))
        random.shuffle(owed)
        random.shuffle(moneys)
        self.assertEqual(allocation.allocate(owed, moneys), found)

    @given(st.lists(cents, min_size=1, max_size=6), st.integers(-5, 5))
    def test_shared_rounding_adds_up(self, amounts, diff):
        target = max(sum(amounts, D(0)) + D(diff) / 100, D(0))
        shared = allocation.share_rounding(dict(enumerate(amounts)), target)
        self.assertEqual(sum(shared.values()), target)
        self.assertTrue(all(value >= 0 for value in shared.values()))


@tagged("post_install", "-at_install", "silver_pure")
class TestAgeing(BaseCase):
    def test_buckets(self):
        due = date(2026, 1, 10)
        for late, code in [
            (-5, "current"),
            (0, "current"),
            (1, "d1_30"),
            (30, "d1_30"),
            (31, "d31_60"),
            (90, "d61_90"),
            (91, "d90_more"),
        ]:
            self.assertEqual(ageing.bucket(due, due + timedelta(days=late)), code)

    def test_dso(self):
        self.assertEqual(ageing.days_sales_outstanding(100, 300, 30), 10)
        self.assertIsNone(ageing.days_sales_outstanding(100, 0, 30))


@tagged("post_install", "-at_install", "silver_pure")
class TestDunningRules(BaseCase):
    DAY = date(2026, 12, 20)  # a Sunday

    def decide(self, policy=None, day=DAY, now=None, holidays=frozenset(), **facts):
        facts.setdefault("state", "active")
        return dunning.decide(
            policy or dunning.Policy(), dunning.Facts(**facts), day, now, holidays
        )

    def test_nobody_who_owes_nothing_is_cut(self):
        self.assertEqual(self.decide().action, dunning.NONE)

    def test_grace_is_the_last_safe_day(self):
        policy = dunning.Policy(grace_days=3)
        due = self.DAY - timedelta(days=3)
        self.assertEqual(self.decide(policy, overdue=D(5), oldest_due=due).why, "in_grace")
        due -= timedelta(days=1)
        self.assertEqual(self.decide(policy, overdue=D(5), oldest_due=due).action, dunning.SUSPEND)

    def test_weekend_holiday_and_hours(self):
        due = self.DAY - timedelta(days=30)
        facts = {"overdue": D(5), "oldest_due": due}
        policy = dunning.Policy(weekdays=frozenset(range(5)))
        self.assertEqual(self.decide(policy, **facts).why, "no_cut_weekday")
        policy = dunning.Policy(skip_holidays=True)
        self.assertEqual(self.decide(policy, holidays={self.DAY}, **facts).why, "no_cut_holiday")
        self.assertEqual(self.decide(policy, **facts).action, dunning.SUSPEND)
        policy = dunning.Policy(hours=(8.0, 17.5))
        night = datetime(2026, 12, 20, 17, 30)
        self.assertEqual(self.decide(policy, now=night, **facts).why, "no_cut_hours")

    def test_promise_and_legal_notice(self):
        due = self.DAY - timedelta(days=30)
        facts = {"overdue": D(5), "oldest_due": due}
        self.assertEqual(self.decide(protected_until=self.DAY, **facts).why, "protected")
        policy = dunning.Policy(legal_notice_days=5)
        self.assertEqual(self.decide(policy, **facts).why, "legal_notice")
        told = self.DAY - timedelta(days=4)
        self.assertEqual(self.decide(policy, last_notice=told, **facts).why, "legal_notice_running")
        told -= timedelta(days=1)
        self.assertEqual(self.decide(policy, last_notice=told, **facts).action, dunning.SUSPEND)

    def test_suspended(self):
        facts = {"state": "suspended", "suspended_on": self.DAY - timedelta(days=30)}
        self.assertEqual(self.decide(**facts).action, dunning.RESUME)
        facts.update(overdue=D(5), oldest_due=self.DAY - timedelta(days=60))
        self.assertEqual(self.decide(**facts).why, "still_owes")
        policy = dunning.Policy(minimum_debt=D(6))
        self.assertEqual(self.decide(policy, **facts).action, dunning.RESUME)
        policy = dunning.Policy(cancel_after_days=30)
        self.assertEqual(self.decide(policy, **facts).action, dunning.CANCEL)
        facts["suspended_on"] = None
        self.assertEqual(self.decide(policy, **facts).why, "suspended_for_another_reason")

    @given(cents, st.integers(-40, 60), st.integers(0, 10), cents, st.integers(-5, 5))
    def test_a_cut_has_a_cause(self, overdue, late, grace, minimum, promised):
        due = self.DAY - timedelta(days=late)
        decision = self.decide(
            dunning.Policy(grace_days=grace, minimum_debt=minimum),
            overdue=overdue if late > 0 else D(0),
            oldest_due=due if late > 0 else None,
            protected_until=self.DAY + timedelta(days=promised),
        )
        if decision.action == dunning.SUSPEND:
            self.assertGreater(overdue, 0)
            self.assertGreaterEqual(overdue, minimum)
            self.assertGreater(late, grace)
            self.assertLess(promised, 0)
