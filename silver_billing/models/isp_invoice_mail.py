"""Invoices sent to the customer, after the run that made them is committed."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_amount, format_date

from odoo.addons.silver_base.tools import local_time

#: Older invoices are history that is being loaded: nobody is written to about them.
NEWS_DAYS = 45


class AccountMove(models.Model):
    _inherit = "account.move"

    isp_notice_ids = fields.One2many("isp.notice", "move_id", string="Sent to the Customer")

    def _isp_queue_mail(self):
        """Queue the e-mail of new invoices, once each, where the company sends them."""
        if not self:
            return
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO isp_notice (company_id, partner_id, kind, channel, date, due_date,
                       amount, currency_id, move_id, state, create_uid, write_uid, create_date,
                       write_date)
                SELECT move.company_id, move.partner_id, 'invoice', 'email', %(today)s,
                       move.invoice_date_due, move.amount_total, move.currency_id, move.id,
                       'queued', %(user)s, %(user)s, now() AT TIME ZONE 'UTC',
                       now() AT TIME ZONE 'UTC'
                  FROM account_move move JOIN res_company company ON company.id = move.company_id
                 WHERE move.id = ANY(%(ids)s) AND company.isp_mail_invoices
                   AND move.move_type = 'out_invoice' AND move.invoice_date >= %(since)s
                   AND NOT EXISTS (SELECT FROM isp_notice told WHERE told.move_id = move.id
                                      AND told.kind = 'invoice')
                    ON CONFLICT DO NOTHING
                """,
                today=local_time.today(self.env),
                since=fields.Date.subtract(local_time.today(self.env), days=NEWS_DAYS),
                user=self.env.uid,
                ids=self.ids,
            )
        )
        if self.env.cr.rowcount:
            cron = self.env.ref("silver_billing.ir_cron_send_notices", raise_if_not_found=False)
            if cron:
                cron.sudo()._trigger()

    def action_isp_send(self):
        """Queue the e-mail of these invoices again, whatever was sent before.

        :return: True
        :raise UserError: for a document that is not a posted invoice
        """
        self.check_access("read")
        self.env["isp.notice"].check_access("create")
        wrong = self.filtered(
            lambda move: move.move_type != "out_invoice" or move.state != "posted"
        )
        if wrong:
            raise UserError(
                self.env._(
                    "%(name)s is not a posted invoice: there is nothing to send.",
                    name=wrong[0].display_name,
                )
            )
        notices = self.env["isp.notice"].sudo()
        known = notices.search([("move_id", "in", self.ids), ("kind", "=", "invoice")])
        known.filtered(lambda notice: notice.state in ("failed", "no_address", "sent")).write(
            {"state": "queued", "mail_id": False, "error": False}
        )
        notices._queue(
            [
                {
                    "company_id": move.company_id.id,
                    "partner_id": move.partner_id.id,
                    "kind": "invoice",
                    "channel": "email",
                    "date": local_time.today(move.env),
                    "due_date": move.invoice_date_due,
                    "amount": move.amount_total,
                    "currency_id": move.currency_id.id,
                    "move_id": move.id,
                    "state": "queued",
                }
                for move in self - known.move_id
            ]
        )
        return True

    # === what the customer reads === #

    def _isp_bill(self):
        """What the document tells the customer, besides its own lines.

        :return: dict: ``before`` (owed besides this invoice), ``residual`` (of this one),
            ``covered`` (of it), ``credit`` (money not used yet), ``total`` (to pay now)
        """
        self.ensure_one()
        move = self.sudo()
        # in the currency of the document; debts in another one are another document's matter
        charges = (
            self.env["isp.charge"]
            .sudo()
            .search(
                [
                    ("partner_id", "=", move.partner_id.id),
                    ("company_id", "=", move.company_id.id),
                    ("currency_id", "=", move.currency_id.id),
                    ("state", "in", ("invoiced", "partially_paid")),
                    ("move_id", "!=", move.id),
                    ("charge_date", "<=", move.invoice_date),
                ]
            )
        )
        before = sum(charges.mapped("amount_residual"))
        unused = self.env["res.partner"]._isp_credit_lines(move.partner_id, move.company_id)
        unused = unused.filtered(lambda line: line.currency_id == move.currency_id)
        credit = -sum(unused.mapped("amount_residual_currency"))
        return {
            "before": before,
            "residual": move.amount_residual,
            "covered": move.amount_total - move.amount_residual,
            "credit": credit,
            "total": max(before + move.amount_residual - credit, 0.0),
        }

    def _isp_report(self):
        """:return: ir.actions.report that the customer gets: ours, or that of the fiscal
        localization when it has its own"""
        self.ensure_one()
        own = self._get_name_invoice_report() == "account.report_invoice_document"
        name = "silver_billing.action_report_invoice" if own else "account.account_invoices"
        return self.env.ref(name)


class IspCharge(models.Model):
    _inherit = "isp.charge"

    def _explain(self):
        """:return: list of short texts, how the amount was reached, in the language of the
        context"""
        self.ensure_one()
        env, currency = self.env, self.currency_id
        texts = []
        for part in (self.computation or {}).get("segments", []):
            values = {
                "plan": part["label"],
                "price": format_amount(env, float(part["price"]), currency),
                "days": part["days"],
                "of": part["of_days"],
                "start": format_date(env, part["start"]),
                "end": format_date(env, part["end"]),
            }
            if part["days"] == part["of_days"]:
                text = env._("Full period at %(price)s", **values)
            else:
                text = env._(
                    "%(days)s of %(of)s days at %(price)s (%(start)s to %(end)s)", **values
                )
            source = part.get("source") or {}
            if source.get("promotion"):
                text = env._(
                    "%(text)s, with %(promotion)s: %(discount)s less",
                    text=text,
                    promotion=source["promotion"],
                    discount=format_amount(env, float(source["discount"]), currency),
                )
            texts.append(text)
        if self.note:
            texts.append(self.note)
        return texts


class IspNotice(models.Model):
    _inherit = "isp.notice"

    def _send_email(self):
        """An invoice goes with its PDF."""
        if self.kind != "invoice":
            return super()._send_email()
        if not self.move_id or self.move_id.state != "posted":
            raise UserError(self.env._("Its invoice is not there any more."))
        vals = super()._send_email()
        mail = self.env["mail.mail"].sudo().browse(vals.get("mail_id") or [])
        if mail:
            mail.attachment_ids = self._invoice_pdf(mail)
        return vals

    @api.model
    def _invoice_pdf(self, mail):
        """:return: ir.attachment, the PDF of the invoice in the language of the customer"""
        move = self.move_id
        report = move._isp_report().with_context(lang=move.partner_id.lang)
        content, kind = report.sudo()._render_qweb_pdf(report.report_name, res_ids=move.ids)
        return (
            self.env["ir.attachment"]
            .sudo()
            .create(
                {
                    "name": f"{move.name.replace('/', '-')}.{kind}",
                    "raw": content,
                    "mimetype": "application/pdf" if kind == "pdf" else "text/html",
                    "res_model": "mail.message",
                    "res_id": mail.mail_message_id.id,
                }
            )
        )
