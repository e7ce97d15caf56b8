from odoo import api, models

from odoo.addons.silver_base.models.silver_audit import DbObject, Invariant

TABLES = {
    "isp_charge": {
        "constraint": [
            "isp_charge_no_overlap",
            "isp_charge_amounts_not_negative",
            "isp_charge_void_has_reason",
            "isp_charge_invoiced_has_document",
        ],
        "index": ["isp_charge_recurring_uniq", "isp_charge_invoice_line_uniq"],
        "trigger": [
            "isp_charge_period_open",
            "isp_charge_period_open_new",
            "isp_charge_total_covers",
        ],
    },
    "isp_charge_payment": {
        "constraint": ["isp_charge_payment_amount_positive"],
        "index": [
            "isp_charge_payment_charge_payment_uniq",
            "isp_charge_payment_charge_move_uniq",
        ],
        "trigger": ["isp_allocation_sums"],
    },
    "isp_billing_period": {
        "constraint": ["isp_billing_period_key_format", "isp_billing_period_is_a_month"],
        "index": ["isp_billing_period_key_uniq"],
        "trigger": ["isp_billing_period_key_fixed"],
    },
    "account_payment": {"index": ["account_payment_external_reference_uniq"]},
    "isp_payment_promise": {"index": ["isp_payment_promise_one_open"]},
    "isp_suspension_policy": {
        "constraint": ["isp_suspension_policy_no_overlap", "isp_suspension_policy_one_default"]
    },
}


class SilverAudit(models.AbstractModel):
    _inherit = "silver.audit"

    @api.model
    def _invariants(self):
        return super()._invariants() + [
            Invariant(
                "charge_over_allocated",
                """
                SELECT charge.id, charge.amount_total, SUM(paid.amount) FROM isp_charge charge
                  JOIN isp_charge_payment paid ON paid.charge_id = charge.id
                 GROUP BY charge.id HAVING SUM(paid.amount) > charge.amount_total
                """,
                "What covers a charge is never more than the charge",
            ),
            Invariant(
                "payment_over_allocated",
                """
                SELECT payment.id, payment.amount, SUM(paid.amount) FROM account_payment payment
                  JOIN isp_charge_payment paid ON paid.payment_id = payment.id
                  JOIN isp_charge charge ON charge.id = paid.charge_id
                   AND charge.currency_id = payment.currency_id
                 GROUP BY payment.id HAVING SUM(paid.amount) > payment.amount
                """,
                "What a payment covers is never more than the payment",
            ),
            Invariant(
                "charge_twice",
                """
                SELECT contract_id, period_id, COUNT(*) FROM isp_charge WHERE kind = 'recurring'
                 GROUP BY contract_id, period_id HAVING COUNT(*) > 1
                """,
                "A contract has one recurring charge for each period",
            ),
            Invariant(
                "charge_days_twice",
                """
                SELECT a.id, b.id FROM isp_charge a JOIN isp_charge b ON a.id < b.id
                   AND a.contract_id = b.contract_id AND a.kind = 'recurring'
                   AND b.kind = 'recurring'
                   AND daterange(a.service_start, a.service_end, '[]')
                    && daterange(b.service_start, b.service_end, '[]')
                """,
                "A day of service is charged once",
            ),
            Invariant(
                "allocation_not_in_accounting",
                """
                WITH accounting AS (
                    SELECT debit.move_id AS invoice_id, credit.move_id AS source_id,
                           SUM(partial.debit_amount_currency) AS amount
                      FROM account_partial_reconcile partial
                      JOIN account_move_line debit ON debit.id = partial.debit_move_id
                      JOIN account_move_line credit ON credit.id = partial.credit_move_id
                     WHERE debit.move_id IN (SELECT move_id FROM isp_charge)
                     GROUP BY debit.move_id, credit.move_id
                    HAVING SUM(partial.debit_amount_currency) <> 0
                ), allocated AS (
                    SELECT charge.move_id AS invoice_id, paid.move_id AS source_id,
                           SUM(paid.amount) AS amount
                      FROM isp_charge_payment paid JOIN isp_charge charge ON charge.id =
                      paid.charge_id
                     GROUP BY charge.move_id, paid.move_id
                )
                SELECT COALESCE(accounting.invoice_id, allocated.invoice_id),
                       COALESCE(accounting.source_id, allocated.source_id),
                       accounting.amount, allocated.amount
                  FROM accounting FULL JOIN allocated
                    ON allocated.invoice_id = accounting.invoice_id
                   AND allocated.source_id = accounting.source_id
                 WHERE COALESCE(ROUND(accounting.amount, 6), 0)
                    <> COALESCE(ROUND(allocated.amount, 6), 0)
                """,
                "Allocations are what Odoo has reconciled, neither more nor less",
            ),
            Invariant(
                "ledger_not_receivable",
                """
                WITH charged AS (
                    SELECT charge.move_id, SUM(charge.amount_total) AS worth
                      FROM isp_charge charge WHERE charge.move_id IS NOT NULL GROUP BY
                      charge.move_id
                ), covered AS (
                    SELECT charge.move_id, SUM(paid.amount) AS paid
                      FROM isp_charge_payment paid JOIN isp_charge charge ON charge.id =
                      paid.charge_id
                     GROUP BY charge.move_id
                )
                SELECT move.id, move.name, charged.worth, covered.paid, move.amount_residual
                  FROM charged JOIN account_move move ON move.id = charged.move_id
                  LEFT JOIN covered ON covered.move_id = move.id
                 WHERE ROUND(charged.worth - COALESCE(covered.paid, 0), 6)
                    <> ROUND(move.amount_residual, 6)
                """,
                "What the charges of an invoice leave unpaid is what accounting says is unpaid",
            ),
            Invariant(
                "charge_state_wrong",
                """
                SELECT charge.id, charge.state, charge.amount_total, SUM(paid.amount)
                  FROM isp_charge charge
                  LEFT JOIN isp_charge_payment paid ON paid.charge_id = charge.id
                 WHERE charge.move_id IS NOT NULL
                 GROUP BY charge.id
                HAVING charge.state <> CASE
                       WHEN COALESCE(SUM(paid.amount) FILTER (WHERE paid.source = 'credit_note'), 0)
                            >= charge.amount_total THEN 'void'
                       WHEN COALESCE(SUM(paid.amount), 0) >= charge.amount_total THEN 'paid'
                       WHEN SUM(paid.amount) > 0 THEN 'partially_paid'
                       ELSE 'invoiced' END
                """,
                "The state of a charge is what its allocations say",
            ),
            Invariant(
                "invoice_of_charges_not_posted",
                """
                SELECT move.id, move.state FROM account_move move
                 WHERE move.state <> 'posted' AND move.id IN (SELECT move_id FROM isp_charge)
                """,
                "The invoice of a charge is posted",
            ),
            Invariant(
                "charge_line_of_other_invoice",
                """
                SELECT charge.id FROM isp_charge charge
                  JOIN account_move_line line ON line.id = charge.invoice_line_id
                 WHERE line.move_id <> charge.move_id OR line.isp_charge_id <> charge.id
                """,
                "The line of a charge is in its invoice and points back to it",
            ),
            Invariant(
                "validation_duplicate_charges",
                "SELECT * FROM validation_duplicate_charges",
                "No service is charged twice for a period (third check of the old system)",
            ),
            Invariant(
                "payment_not_accounted_for",
                """
                SELECT gap.payment_id, gap.payment_amount, gap.allocated_amount, used.unused,
                       used.elsewhere
                  FROM validation_unallocated_payments gap
                  JOIN account_payment payment ON payment.id = gap.payment_id
                  JOIN LATERAL (
                       SELECT -SUM(line.amount_residual_currency) AS unused,
                              COALESCE(SUM(other.amount), 0) AS elsewhere,
                              BOOL_AND(line.currency_id = payment.currency_id) AS comparable
                         FROM account_move_line line
                         JOIN account_account account ON account.id = line.account_id
                          AND account.account_type = 'asset_receivable'
                         LEFT JOIN LATERAL (
                              SELECT SUM(partial.credit_amount_currency) AS amount
                                FROM account_partial_reconcile partial
                                JOIN account_move_line debit ON debit.id = partial.debit_move_id
                               WHERE partial.credit_move_id = line.id
                                 AND NOT EXISTS (SELECT FROM isp_charge
                                                  WHERE move_id = debit.move_id)
                              ) other ON TRUE
                        WHERE line.move_id = payment.move_id
                       ) used ON used.comparable
                 WHERE NOT EXISTS (
                       SELECT FROM isp_charge_payment paid
                         JOIN isp_charge charge ON charge.id = paid.charge_id
                        WHERE paid.payment_id = payment.id
                          AND charge.currency_id <> payment.currency_id)
                   AND ROUND(gap.payment_amount, 6) <> ROUND(
                       gap.allocated_amount + used.unused + used.elsewhere, 6)
                """,
                "A payment is what it covers plus what is left of it (second check of the old"
                " system)",
            ),
            Invariant(
                "period_of_other_charge",
                """
                SELECT charge.id, charge.period_key, period.period_key, paid.period_key
                  FROM isp_charge charge
                  JOIN isp_billing_period period ON period.id = charge.period_id
                  LEFT JOIN isp_charge_payment paid ON paid.charge_id = charge.id
                 WHERE charge.period_key <> period.period_key
                    OR paid.period_key <> charge.period_key
                """,
                "Charges and what covers them are added up in one and the same period (first check"
                " of the old system)",
            ),
            Invariant(
                "period_totals_not_invoiced",
                """
                SELECT charge.period_key, charge.company_id, charge.currency_id,
                       SUM(charge.amount_total) AS charge_total, SUM(line.total) AS invoiced_total
                  FROM isp_charge charge
                  JOIN LATERAL (
                       SELECT move.amount_total * charge.amount_total
                              / NULLIF(SUM(same.amount_total), 0) AS total
                         FROM account_move move JOIN isp_charge same ON same.move_id = move.id
                        WHERE move.id = charge.move_id GROUP BY move.id) line ON TRUE
                 GROUP BY charge.period_key, charge.company_id, charge.currency_id
                HAVING ABS(SUM(charge.amount_total) - SUM(line.total)) > 0.005
                """,
                "What the charges of a period add up to is what was invoiced for it (first check of"
                " the old system)",
            ),
            Invariant(
                "cut_without_debt",
                """
                SELECT contract.id, contract.name FROM isp_contract contract
                 WHERE contract.state = 'suspended' AND contract.state_reason = 'non_payment'
                   AND NOT EXISTS (
                       SELECT FROM isp_charge charge WHERE charge.contract_id = contract.id
                          AND charge.partner_id = contract.partner_id
                          AND charge.state IN ('invoiced', 'partially_paid', 'pending'))
                """,
                "Nobody who owes nothing is cut for non-payment",
            ),
        ]

    @api.model
    def _expected_objects(self):
        return super()._expected_objects() + [
            DbObject(kind, table, name)
            for table, kinds in TABLES.items()
            for kind, names in kinds.items()
            for name in names
        ]
