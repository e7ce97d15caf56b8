from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .isp_invoice_given import COMPANY_CHECKED


class AccountMove(models.Model):
    _inherit = "account.move"

    isp_charge_ids = fields.One2many("isp.charge", "move_id", string="Charges", readonly=True)
    isp_charge_count = fields.Integer("Number of Charges", compute="_compute_isp_charge_count")
    isp_run_id = fields.Many2one(
        "isp.billing.run", string="Billing Run", readonly=True, copy=False, index="btree_not_null"
    )

    def _compute_isp_charge_count(self):
        counts = dict(
            self.env["isp.charge"]._read_group(
                [("move_id", "in", self.ids)], ["move_id"], ["__count"]
            )
        )
        for move in self:
            move.isp_charge_count = counts.get(move, 0)

    def _check_company(self, fnames=None):
        """As for its lines."""
        if self.env.context.get("isp_company_checked") is not COMPANY_CHECKED:
            super()._check_company(fnames)

    def _isp_follow_reconciliation(self):
        """Allocations, charge states and services follow what is reconciled now.

        Runs as superuser: whoever reconciles in accounting needs no right on contracts for the
        service of the customer to come back.
        """
        invoices = self.sudo().filtered(lambda move: move.move_type == "out_invoice")
        if not invoices:
            return
        contracts = self.env["isp.charge.payment"].sudo()._rebuild(invoices)
        contracts._isp_after_allocation()

    def _isp_with_charges(self):
        """:return: those of ``self`` that are the invoice of some charge"""
        if not self.ids:
            return self.browse()
        rows = self.env.execute_query(
            SQL("SELECT DISTINCT move_id FROM isp_charge WHERE move_id = ANY(%s)", self.ids)
        )
        return self.browse(row[0] for row in rows)

    def _isp_receivable_lines(self):
        """:return: the receivable lines of posted documents"""
        return self.line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
            and line.parent_state == "posted"
        )

    def _isp_use_credit(self):
        """Settle new invoices with credit their customers already have, oldest first.

        Nothing is read per invoice: one search for the credit of all the customers.
        """
        partners = self._isp_partners_with_credit()
        if not partners:
            return
        receivable = (
            self.filtered(lambda move: move.partner_id.id in partners)
            ._isp_receivable_lines()
            .filtered(lambda line: not line.reconciled)
        )
        credit = self.env["res.partner"]._isp_credit_lines(
            receivable.partner_id, receivable.company_id
        )
        if not credit:
            return
        by_owner = credit.grouped(lambda line: (line.company_id, line.partner_id, line.account_id))
        plan = []
        for owner, debit in receivable.grouped(
            lambda line: (line.company_id, line.partner_id, line.account_id)
        ).items():
            if owner in by_owner:
                plan.append(debit + by_owner[owner])
        self.env["account.move.line"]._reconcile_plan(plan)

    def _isp_partners_with_credit(self):
        """:return: set of ids of the customers of ``self`` who may have money that is not used"""
        self.env.flush_all()
        return {
            partner_id
            for (partner_id,) in self.env.execute_query(
                SQL(
                    """
                    SELECT DISTINCT move.partner_id FROM account_move move
                      JOIN account_move_line credit
                        ON credit.partner_id = move.commercial_partner_id
                       AND credit.company_id = move.company_id
                       AND credit.amount_residual < 0 AND NOT credit.reconciled
                       AND credit.parent_state = 'posted'
                     WHERE move.id = ANY(%s)
                    """,
                    self.ids,
                )
            )
        }

    # === numbers === #

    def _get_last_sequence(self, relaxed=False, with_prefix=None):
        """Inside a batch of ours the last number is the one given just before: Odoo looks for it
        again for each document, among all the documents of the journal.

        Only a beginning: ``_locked_increment`` keeps counting, and the unique index decides.
        """
        memo = self.env.context.get("isp_sequences")
        if memo is None or relaxed or with_prefix:
            return super()._get_last_sequence(relaxed=relaxed, with_prefix=with_prefix)
        key = (self.journal_id.id, self.move_type, self.date.year, self.date.month)
        if key not in memo:
            memo[key] = super()._get_last_sequence(relaxed=relaxed, with_prefix=with_prefix)
        return memo[key]

    def _set_next_sequence(self):
        result = super()._set_next_sequence()
        memo = self.env.context.get("isp_sequences")
        if memo is not None:
            key = (self.journal_id.id, self.move_type, self.date.year, self.date.month)
            memo[key] = self.name
        return result

    def button_draft(self):
        """Posted invoices of charges are not edited: corrections are credit notes."""
        self._isp_refuse_edit()
        return super().button_draft()

    def button_cancel(self):
        self._isp_refuse_edit()
        return super().button_cancel()

    def _isp_refuse_edit(self):
        invoices = self._isp_with_charges()
        if invoices:
            raise UserError(
                self.env._(
                    "%(invoice)s is the invoice of service charges and is not edited once posted. "
                    "Void or credit its charges: that makes the credit note and keeps the history.",
                    invoice=invoices[0].name,
                )
            )

    def action_open_isp_charges(self):
        """Open the charges of the invoice."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("silver_billing.action_isp_charge")
        return dict(action, domain=[("move_id", "=", self.id)], context={})
