from decimal import Decimal

from odoo import api, fields, models
from odoo.tools import SQL

from ..rules import allocation
from ..rules.proration import dec
from .charge_guards import install_allocation_guards, install_charge_total_guard

SOURCES = [
    ("payment", "Payment"),
    ("statement", "Bank Statement"),
    ("credit_note", "Credit Note"),
    ("entry", "Journal Entry"),
]


class IspChargePayment(models.Model):
    """How much of a payment (or credit note, or bank line) covers which charge.

    Rows are derived: :meth:`_rebuild` writes them from Odoo's own reconciliation, each time it
    changes
    and from whatever screen. Nobody writes them by hand, so the two cannot disagree.
    """

    _name = "isp.charge.payment"
    _description = "Charge Allocation"
    _order = "applied_on desc, id desc"
    _rec_name = "charge_id"

    charge_id = fields.Many2one(
        "isp.charge", required=True, readonly=True, index=True, ondelete="restrict"
    )
    move_id = fields.Many2one(
        "account.move",
        string="Money From",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
        help="Journal entry of the payment, the bank line or the credit note.",
    )
    payment_id = fields.Many2one(
        "account.payment", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    source = fields.Selection(SOURCES, required=True, readonly=True)
    amount = fields.Monetary(required=True, readonly=True)
    applied_on = fields.Date(required=True, readonly=True)
    currency_id = fields.Many2one(related="charge_id.currency_id")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    contract_id = fields.Many2one(related="charge_id.contract_id", store=True, index=True)
    partner_id = fields.Many2one(related="charge_id.partner_id", store=True, index=True)
    period_key = fields.Char(related="charge_id.period_key", store=True)
    base_station_id = fields.Many2one(related="charge_id.base_station_id")

    _charge_payment_uniq = models.UniqueIndex(
        "(charge_id, payment_id) WHERE payment_id IS NOT NULL",
        "A payment is allocated once to a charge.",
    )
    _charge_move_uniq = models.UniqueIndex(
        "(charge_id, move_id)", "A journal entry is allocated once to a charge."
    )
    _amount_positive = models.Constraint(
        "CHECK(amount > 0)", "What is allocated is greater than zero."
    )

    def init(self):
        super().init()
        install_allocation_guards(self.env.cr)
        install_charge_total_guard(self.env.cr)

    # === from accounting === #

    @api.model
    def _rebuild(self, invoices):
        """Make allocations and charge states say what the reconciliation of ``invoices`` says.

        A constant number of queries, whatever the number of invoices.

        :param invoices: account.move; those without charges are ignored
        :return: isp.contract whose charges changed
        """
        self.env.flush_all()
        charges = self._read_charges(invoices.ids)
        if not charges:
            return self.env["isp.contract"]
        moneys = self._read_moneys(list(charges))
        wanted, dates = {}, {}
        for move_id, owed in charges.items():
            for (charge_id, source), amount in allocation.allocate(
                [
                    allocation.Owed(
                        row["id"], dec(row["amount_total"]), (row["due_date"], row["id"])
                    )
                    for row in owed
                ],
                self._as_money(moneys.get(move_id, []), owed),
            ).items():
                key = (charge_id, source[0])
                wanted[key] = wanted.get(key, Decimal(0)) + amount
                dates[key] = source[1]
        charge_ids = [row["id"] for owed in charges.values() for row in owed]
        changed = self._apply(charge_ids, wanted, dates)
        changed |= self._follow_states(charge_ids)
        return self._touch_contracts(changed)

    @api.model
    def _read_charges(self, move_ids):
        rows = self.env.execute_query_dict(
            SQL(
                """
                SELECT id, move_id, contract_id, due_date, amount_total AS amount_total
                  FROM isp_charge WHERE move_id = ANY(%s) ORDER BY due_date, id
                """,
                list(move_ids),
            )
        )
        found = {}
        for row in rows:
            found.setdefault(row["move_id"], []).append(row)
        return found

    @api.model
    def _read_moneys(self, move_ids):
        """:return: dict invoice id -> what was reconciled with it, by journal entry"""
        rows = self.env.execute_query_dict(
            SQL(
                """
                SELECT debit.move_id AS invoice_id, credit.move_id AS source_id,
                       source.move_type, source.origin_payment_id,
                       payment.contract_id AS payment_contract_id,
                       SUM(partial.debit_amount_currency) AS amount,
                       MAX(partial.max_date) AS applied_on, MIN(partial.id) AS first_id,
                       ARRAY(SELECT rel.isp_charge_id FROM isp_payment_charge_rel rel
                              WHERE rel.account_payment_id = source.origin_payment_id
                              ORDER BY rel.isp_charge_id) AS chosen
                  FROM account_partial_reconcile partial
                  JOIN account_move_line debit ON debit.id = partial.debit_move_id
                  JOIN account_move_line credit ON credit.id = partial.credit_move_id
                  JOIN account_move source ON source.id = credit.move_id
                  LEFT JOIN account_payment payment ON payment.id = source.origin_payment_id
                 WHERE debit.move_id = ANY(%s) AND partial.debit_amount_currency > 0
                 GROUP BY debit.move_id, credit.move_id, source.id, payment.id
                """,
                move_ids,
            )
        )
        refunds = [row["source_id"] for row in rows if row["move_type"] == "out_refund"]
        credited = {}
        for source_id, charge_id, amount in self.env.execute_query(
            SQL(
                """
                SELECT move_id, isp_charge_id, SUM(price_total) FROM account_move_line
                 WHERE move_id = ANY(%s) AND isp_charge_id IS NOT NULL
                 GROUP BY move_id, isp_charge_id ORDER BY move_id, isp_charge_id
                """,
                refunds,
            )
        ):
            credited.setdefault(source_id, []).append((charge_id, dec(amount)))
        found = {}
        for row in rows:
            row["credited"] = credited.get(row["source_id"], [])
            found.setdefault(row["invoice_id"], []).append(row)
        return found

    @api.model
    def _as_money(self, rows, owed):
        """:return: list of ``allocation.Money``; a credit note gives one for each charge it
        corrects"""
        moneys = []
        charge_ids = {charge["id"] for charge in owed}
        for row in rows:
            left = dec(row["amount"])
            key = (row["source_id"], row["applied_on"])
            for charge_id, amount in row["credited"]:
                part = min(left, amount)
                if part > 0 and charge_id in charge_ids:
                    moneys.append(
                        allocation.Money(
                            (*key, charge_id), part, row["first_id"], (charge_id,), only=True
                        )
                    )
                    left -= part
            if left > 0:
                chosen = [charge_id for charge_id in row["chosen"] if charge_id in charge_ids]
                own = [
                    charge["id"]
                    for charge in owed
                    if charge["contract_id"] == row["payment_contract_id"]
                ]
                moneys.append(
                    allocation.Money((*key, 0), left, row["first_id"], tuple(chosen + own))
                )
        return moneys

    @api.model
    def _apply(self, charge_ids, wanted, dates):
        """Bring the rows of those charges to ``wanted``. :return: ids of the charges that
        changed"""
        present = {
            (charge_id, move_id): (row_id, dec(amount), applied_on)
            for row_id, charge_id, move_id, amount, applied_on in self.env.execute_query(
                SQL(
                    "SELECT id, charge_id, move_id, amount, applied_on"
                    " FROM isp_charge_payment WHERE charge_id = ANY(%s)",
                    charge_ids,
                )
            )
        }
        gone = [present[key][0] for key in present if key not in wanted]
        other = {
            key: amount
            for key, amount in wanted.items()
            if key in present and (amount, dates[key]) != present[key][1:]
        }
        new = {key: amount for key, amount in wanted.items() if key not in present}
        if gone:
            self.env.cr.execute(SQL("DELETE FROM isp_charge_payment WHERE id = ANY(%s)", gone))
        if other:
            self.env.cr.execute_values(
                """
                UPDATE isp_charge_payment SET amount = data.amount, applied_on = data.applied_on,
                       write_date = now() AT TIME ZONE 'UTC'
                  FROM (VALUES %s) AS data (id, amount, applied_on)
                 WHERE isp_charge_payment.id = data.id
                """,
                [(present[key][0], amount, dates[key]) for key, amount in other.items()],
            )
        if new:
            self.env.cr.execute_values(
                f"""
                INSERT INTO isp_charge_payment (charge_id, move_id, payment_id, source, amount,
                       applied_on, company_id, contract_id, partner_id, period_key,
                       create_uid, write_uid, create_date, write_date)
                SELECT charge.id, move.id, move.origin_payment_id,
                       CASE WHEN move.origin_payment_id IS NOT NULL THEN 'payment'
                            WHEN move.statement_line_id IS NOT NULL THEN 'statement'
                            WHEN move.move_type = 'out_refund' THEN 'credit_note'
                            ELSE 'entry' END,
                       data.amount, data.applied_on, charge.company_id, charge.contract_id,
                       charge.partner_id, charge.period_key, {self.env.uid:d}, {self.env.uid:d},
                       now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
                  FROM (VALUES %s) AS data (charge_id, move_id, amount, applied_on)
                  JOIN isp_charge charge ON charge.id = data.charge_id
                  JOIN account_move move ON move.id = data.move_id
                """,
                [(*key, amount, dates[key]) for key, amount in new.items()],
            )
        self.invalidate_model()
        by_row = {row_id: key[0] for key, (row_id, _amount, _date) in present.items()}
        return {by_row[row_id] for row_id in gone} | {key[0] for key in (*other, *new)}

    @api.model
    def _follow_states(self, charge_ids):
        """Charge states as the allocations say. :return: ids of the charges whose state changed"""
        rows = self.env.execute_query(
            SQL(
                """
                WITH covered AS (
                    SELECT charge.id, charge.amount_total AS worth,
                           COALESCE(SUM(paid.amount), 0) AS paid,
                           COALESCE(SUM(paid.amount) FILTER (WHERE paid.source = 'credit_note'), 0)
                               AS credited
                      FROM isp_charge charge
                      LEFT JOIN isp_charge_payment paid ON paid.charge_id = charge.id
                     WHERE charge.id = ANY(%s) AND charge.move_id IS NOT NULL
                     GROUP BY charge.id
                ), wanted AS (
                    SELECT id, CASE WHEN credited >= worth THEN 'void'
                                    WHEN paid >= worth THEN 'paid'
                                    WHEN paid > 0 THEN 'partially_paid'
                                    ELSE 'invoiced' END AS state
                      FROM covered
                )
                UPDATE isp_charge charge
                   SET state = wanted.state,
                       reason = CASE WHEN wanted.state = 'void'
                                     THEN COALESCE(charge.reason, 'credited')
                                     ELSE charge.reason END,
                       write_date = now() AT TIME ZONE 'UTC', write_uid = %s
                  FROM wanted
                 WHERE charge.id = wanted.id AND charge.state <> wanted.state
                RETURNING charge.id
                """,
                charge_ids,
                self.env.uid,
            )
        )
        self.env["isp.charge"].invalidate_model()
        return {row[0] for row in rows}

    @api.model
    def _touch_contracts(self, charge_ids):
        """Write the contracts of those charges, so that a run deciding about them at this moment in
        another transaction has to decide again (every cursor is REPEATABLE READ).

        :return: isp.contract
        """
        rows = self.env.execute_query(
            SQL(
                """
                UPDATE isp_contract SET last_allocation_at = clock_timestamp() AT TIME ZONE 'UTC'
                 WHERE id IN (SELECT contract_id FROM isp_charge WHERE id = ANY(%s))
                RETURNING id
                """,
                list(charge_ids),
            )
        )
        contracts = self.env["isp.contract"].browse(sorted(row[0] for row in rows))
        contracts.invalidate_recordset(
            ["last_allocation_at", "isp_debt", "isp_overdue", "isp_overdue_since"]
        )
        return contracts
