from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..rules import bank_file


class IspBankImportLine(models.Model):
    """One deposit of a bank file."""

    _name = "isp.bank.import.line"
    _description = "Bank Deposit"
    _order = "date desc, id desc"
    _rec_name = "text"
    _check_company_auto = True

    import_id = fields.Many2one(
        "isp.bank.import", required=True, readonly=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    journal_id = fields.Many2one("account.journal", required=True, readonly=True)
    number = fields.Integer("Line", readonly=True)
    date = fields.Date(required=True, readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    amount = fields.Monetary(required=True, readonly=True)
    text = fields.Char(readonly=True)
    reference = fields.Char(readonly=True)
    key = fields.Char(required=True, readonly=True)
    state = fields.Selection(
        [
            ("new", "New"),
            ("waiting", "Waiting"),
            ("registered", "Registered"),
            ("ignored", "Ignored"),
        ],
        required=True,
        readonly=True,
    )
    why = fields.Char("Why It Waits", readonly=True)
    contract_id = fields.Many2one(
        "isp.contract", check_company=True, index="btree_not_null", ondelete="restrict"
    )
    partner_id = fields.Many2one(related="contract_id.partner_id", string="Customer")
    payment_id = fields.Many2one(
        "account.payment", readonly=True, index="btree_not_null", ondelete="restrict"
    )

    _once = models.UniqueIndex(
        "(journal_id, key)", "That deposit already came in with another file."
    )

    def _match_and_register(self):
        found = self._find_contracts()
        matched = self.browse()
        for line in self:
            candidates = found.get(line.id, self.env["isp.contract"])
            if line.contract_id:
                candidates = line.contract_id
            partners = candidates.partner_id
            if len(partners) > 1:
                line.write(
                    {
                        "state": "waiting",
                        "why": self.env._(
                            "It could be of %(names)s.", names=", ".join(partners.mapped("name"))
                        ),
                    }
                )
            elif not candidates:
                line.write(
                    {
                        "state": "waiting",
                        "why": self.env._("No contract, customer code or invoice is named in it."),
                    }
                )
            else:
                line.contract_id = candidates.sorted(lambda item: -item.isp_overdue)[:1]
                matched |= line
        matched._register_payments()

    def _register_payments(self):
        """Register deposits whose contract is known, all together; what cannot be says why."""
        answers = self.env["isp.contract"].action_register_payments(
            [
                {
                    "contract_id": line.contract_id.id,
                    "amount": line.amount,
                    "method": "transfer",
                    "date": line.date,
                    "journal_id": line.journal_id.id,
                    "external_reference": line.reference or line.key,
                    "note": line.text,
                }
                for line in self
            ]
        )
        for line, answer in zip(self, answers, strict=True):
            if answer["payment_id"]:
                line.write(
                    {"state": "registered", "payment_id": answer["payment_id"], "why": False}
                )
            else:
                line.write({"state": "waiting", "why": (answer["error"] or "")[:500]})

    def _find_contracts(self):
        """:return: dict line id -> contracts named in its text or reference. One query for all."""
        words = {
            line.id: bank_file.codes_in(f"{line.text or ''} {line.reference or ''}")
            for line in self
        }
        every = set().union(*words.values())
        rows = self.env.execute_query(
            SQL(
                """
                SELECT contract.id, UPPER(contract.name), UPPER(contract.external_code),
                       UPPER(partner.customer_code),
                       ARRAY(SELECT UPPER(move.name) FROM isp_charge charge
                               JOIN account_move move ON move.id = charge.move_id
                              WHERE charge.contract_id = contract.id)
                  FROM isp_contract contract JOIN res_partner partner ON partner.id =
                  contract.partner_id
                 WHERE contract.company_id = ANY(%(companies)s)
                   AND (UPPER(contract.name) = ANY(%(words)s)
                        OR UPPER(contract.external_code) = ANY(%(words)s)
                        OR UPPER(partner.customer_code) = ANY(%(words)s)
                        OR contract.id IN (
                           SELECT charge.contract_id FROM isp_charge charge
                             JOIN account_move move ON move.id = charge.move_id
                            WHERE UPPER(move.name) = ANY(%(words)s)))
                """,
                companies=self.company_id.ids,
                words=sorted(every),
            )
        )
        found = {}
        for contract_id, name, external, customer, invoices in rows:
            names = {name, external, customer, *invoices} - {None}
            for line_id, of_line in words.items():
                if names & of_line:
                    found.setdefault(line_id, []).append(contract_id)
        return {line_id: self.env["isp.contract"].browse(ids) for line_id, ids in found.items()}

    def action_register(self):
        """Register waiting deposits whose contract somebody chose.

        :return: True
        """
        self.check_access("write")
        waiting = self.filtered(lambda item: item.state == "waiting")
        for line in waiting:
            if not line.contract_id:
                raise UserError(
                    self.env._("Line %(number)s: choose its contract first.", number=line.number)
                )
        waiting._register_payments()
        return True

    def action_ignore(self):
        """Leave out deposits that are no customer payment.

        :return: True
        """
        self.check_access("write")
        self.filtered(lambda item: item.state == "waiting").state = "ignored"
        return True
