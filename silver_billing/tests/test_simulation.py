import random
import time
from datetime import timedelta

from freezegun import freeze_time

from odoo.tests import tagged

from .common import BillingCase

HABITS = ("early", "on_time", "on_time", "late", "partial", "never", "bounces", "promises")


@tagged("post_install", "-at_install")
class TestSimulation(BillingCase):
    """Three months of 300 customers, day by day, with the clock of each day.

    Judged by queries of its own, that know nothing of how the decision is made.
    """

    CUSTOMERS = 300

    def test_nobody_who_owes_nothing_is_cut_and_nobody_is_charged_twice(self):
        self.rng = random.Random(20261121)
        self.company.isp_cut_guard_minimum = 100000
        self.plan.taxes_id = False  # taxes have their own tests, and cost time here
        self.policy.write(
            {"promise_max_days": 5, "promise_max_open_months": 9, "reconnection_fee": 2}
        )
        self.paid_by_hand = 0
        self.cuts = self.backs = self.bounced = 0
        begin = time.process_time()
        with freeze_time("2026-02-28 17:00:00") as clock:
            self.contracts = self.make_customers()
            self.habits = {
                contract: self.rng.choice(HABITS) for contract in self.contracts.sorted("id")
            }
            day = self.day("2026-03-01")
            while day < self.day("2026-06-01"):
                clock.move_to(f"{day} 17:00:00")
                self.live_a_day(day)
                if day.day in (10, 25):
                    self.assertAudit()
                day += timedelta(days=1)
            self.assertAudit()
        spent = time.process_time() - begin
        states = self.contracts.mapped("state")
        self.assertGreater(states.count("suspended"), 5)
        self.assertGreater(states.count("active"), 150)
        for what in (self.cuts, self.backs, self.bounced, self.paid_by_hand):
            self.assertGreater(what, 20, "the simulation lives")
        kept = self.contracts.isp_promise_ids.mapped("state")
        self.assertTrue({"kept", "broken"} <= set(kept))
        self.assertLess(spent, 120, "seconds of processor: some 45 on a slow machine")

    def make_customers(self):
        partners = self.env["res.partner"].create(
            [{"name": f"Simulated {number}"} for number in range(self.CUSTOMERS)]
        )
        contracts = self.env["isp.contract"].create(
            [
                {
                    "partner_id": partner.id,
                    "product_id": self.plan.id,
                    "billing_day": self.rng.choice([1, 1, 1, 15]),
                    "date_start": "2026-02-28",
                    "isp_policy_id": self.policy.id,
                }
                for partner in partners
            ]
        )
        contracts.action_activate()
        return contracts

    # === a day === #

    def live_a_day(self, day):
        if day.day in (1, 5, 15, 16, 25):
            self.bill(f"{day:%Y-%m}", self.contracts, up_to=day)
        self.pay_and_promise(day)
        # whoever paid came back in that moment, before any run
        self.check_nobody_is_cut_without_debt(day)
        before = self.cut_ids()
        run = self.dun(day, contract_ids=[(6, 0, self.contracts.ids)])
        self.assertEqual(run.state, "done", run.line_ids.filtered("error").mapped("error"))
        self.cuts += len(self.cut_ids() - before)
        self.check_nobody_is_cut_without_debt(day)
        self.check_whoever_owes_is_cut(day)
        self.check_nobody_is_charged_twice()

    def pay_and_promise(self, day):
        pays, promises, rng = [], [], self.rng
        debts = self.contracts._isp_debts_by("contract_id", self.contracts.ids, day=day)
        for contract in self.contracts.browse(sorted(debts)):
            debt, habit = debts[contract.id], self.habits[contract]
            late = (day - debt.oldest_due).days if debt.oldest_due else 0
            if habit == "early" and rng.random() < 0.5:
                pays.append((contract, debt.owed + rng.choice([0, 7.5])))
            elif habit == "on_time" and debt.next_due == day:
                pays.append((contract, debt.owed))
            elif habit == "late" and late > 6:
                pays.append((contract, debt.overdue))
            elif habit == "partial" and rng.random() < 0.1:
                pays.append((contract, round(debt.owed * 0.6, 2)))
            elif habit == "bounces" and rng.random() < 0.15:
                pays.append((contract, debt.owed))
            elif habit == "promises" and late == 3 and not self.open_promise(contract):
                promises.append((contract, debt.overdue))
            elif habit == "promises" and late == 5 and contract.id % 2:
                pays.append((contract, debt.overdue))
        before = self.cut_ids()
        payments = self.pay(pays, day)
        self.backs += len(before - self.cut_ids())
        for contract, amount in promises:
            self.env["isp.payment.promise"].create(
                {
                    "contract_id": contract.id,
                    "date_until": day + timedelta(days=4),
                    "amount": amount,
                }
            )
        self.bounce(
            payments.filtered(
                lambda item: self.habits[item.contract_id] == "bounces" and rng.random() < 0.5
            )
        )

    def open_promise(self, contract):
        return contract.isp_promise_ids.filtered(lambda item: item.state == "open")

    def pay(self, pays, day):
        """One at the cash desk; the rest as a bank file or a gateway does, all together.

        :return: account.payment
        """
        payments = self.env["account.payment"]
        for contract, amount in pays[:1]:
            payments |= payments.browse(contract.action_register_payment(amount=amount, date=day))
            self.paid_by_hand += 1
        answers = self.env["isp.contract"].action_register_payments(
            [
                {"contract_id": contract.id, "amount": amount, "method": "transfer", "date": day}
                for contract, amount in pays[1:]
            ]
        )
        self.assertFalse([answer["error"] for answer in answers if answer["error"]])
        return payments | payments.browse(answer["payment_id"] for answer in answers)

    def bounce(self, payments):
        """The bank takes the money back."""
        self.bounced += len(payments)
        if payments:
            payments.action_draft()
            payments.action_cancel()

    # === what must hold === #

    def query(self, sql, *values):
        self.env.flush_all()
        self.env.cr.execute(sql, values)
        return self.env.cr.fetchall()

    def cut_ids(self):
        return {
            row[0]
            for row in self.query(
                "SELECT id FROM isp_contract WHERE state = 'suspended' AND id = ANY(%s)",
                self.contracts.ids,
            )
        }

    #: What accounting says is unpaid of the invoices that were due before a day.
    OVERDUE = """
        SELECT line.contract_id, MIN(line.due_date) AS since
          FROM (SELECT charge.contract_id, charge.due_date, charge.move_id FROM isp_charge charge
                 WHERE charge.contract_id = ANY(%s) AND charge.due_date < %s) line
          JOIN account_move move ON move.id = line.move_id AND move.amount_residual > 0
         GROUP BY line.contract_id
    """

    def check_nobody_is_cut_without_debt(self, day):
        wrong = self.query(
            f"""
            SELECT contract.name FROM isp_contract contract
             WHERE contract.id = ANY(%s) AND contract.state = 'suspended' AND contract.id NOT IN (
                   SELECT contract_id FROM ({self.OVERDUE}) overdue)
            """,
            self.contracts.ids,
            self.contracts.ids,
            day,
        )
        self.assertFalse(wrong, f"cut on {day} and owes nothing overdue")
        wrong = self.query(
            """
            SELECT contract.name FROM isp_contract contract
              JOIN isp_payment_promise promise ON promise.contract_id = contract.id
               AND promise.state = 'open' AND promise.date_until >= %s
             WHERE contract.id = ANY(%s) AND contract.state = 'suspended'
            """,
            day,
            self.contracts.ids,
        )
        self.assertFalse(wrong, f"cut on {day} and the day of its promise has not come")

    def check_whoever_owes_is_cut(self, day):
        wrong = self.query(
            f"""
            SELECT contract.name, overdue.since FROM isp_contract contract
              JOIN ({self.OVERDUE}) overdue ON overdue.contract_id = contract.id
             WHERE contract.state = 'active' AND overdue.since + %s < %s AND NOT EXISTS (
                   SELECT FROM isp_payment_promise promise WHERE promise.contract_id = contract.id
                      AND promise.state = 'open' AND promise.date_until >= %s)
            """,
            self.contracts.ids,
            day,
            self.policy.grace_days,
            day,
            day,
        )
        self.assertFalse(wrong, f"active on {day} although its grace is over")

    def check_nobody_is_charged_twice(self):
        wrong = self.query(
            """
            SELECT contract_id, period_id FROM isp_charge
             WHERE kind = 'recurring' AND contract_id = ANY(%s)
             GROUP BY contract_id, period_id HAVING COUNT(*) > 1
            """,
            self.contracts.ids,
        )
        self.assertFalse(wrong, "two recurring charges of one period")
        wrong = self.query(
            """
            SELECT charge.id FROM isp_charge charge
              JOIN account_move_line line ON line.isp_charge_id = charge.id
              JOIN account_move move ON move.id = line.move_id AND move.state = 'posted'
               AND move.move_type = 'out_invoice'
             WHERE charge.contract_id = ANY(%s) GROUP BY charge.id, charge.amount_total
            HAVING SUM(line.price_total) <> charge.amount_total OR COUNT(*) > 1
            """,
            self.contracts.ids,
        )
        self.assertFalse(wrong, "a charge is invoiced once, for what it is worth")
