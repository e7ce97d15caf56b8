import logging
import smtplib

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import email_normalize

_logger = logging.getLogger(__name__)

ATTEMPTS = 3


class IspNotice(models.Model):
    """What a customer is told, queued with the decision and sent after it is committed.

    A mail server that fails never stops a cut or a reconnection: the notice stays here with its
    error and is tried again. Another channel is one more value of ``channel`` and one method
    ``_send_<channel>``.
    """

    _name = "isp.notice"
    _description = "Notice to a Customer"
    _order = "id desc"
    _rec_name = "partner_id"
    _check_company_auto = True

    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, index=True, ondelete="cascade"
    )
    contract_id = fields.Many2one("isp.contract", index="btree_not_null", ondelete="cascade")
    kind = fields.Selection(
        [
            ("reminder", "Reminder"),
            ("overdue", "Overdue"),
            ("legal", "Legal Notice"),
            ("suspended", "Suspended"),
            ("resumed", "Reconnected"),
            ("invoice", "Invoice"),
        ],
        required=True,
    )
    channel = fields.Selection([("email", "E-mail")], default="email", required=True)
    date = fields.Date(required=True, default=fields.Date.context_today)
    due_date = fields.Date(help="Of the oldest debt it is about.")
    day_offset = fields.Integer("Days From Due Date")
    amount = fields.Monetary()
    currency_id = fields.Many2one("res.currency")
    move_id = fields.Many2one(
        "account.move", string="Invoice", ondelete="cascade", index="btree_not_null"
    )
    state = fields.Selection(
        [
            ("queued", "Queued"),
            ("sent", "Sent"),
            ("failed", "Failed"),
            ("no_address", "No Address"),
        ],
        default="queued",
        required=True,
        readonly=True,
    )
    attempts = fields.Integer(readonly=True)
    error = fields.Char(readonly=True)
    sent_at = fields.Datetime(readonly=True)
    paid_within = fields.Boolean(
        "Paid in 3 Days",
        compute="_compute_paid_within",
        help="Whether the customer paid something in the three days after it.",
    )

    # one notice of each kind for each debt of a customer, however many services it has
    _once = models.UniqueIndex(
        "(partner_id, kind, channel, (COALESCE(due_date, '1900-01-01')), (COALESCE(day_offset, 0)),"
        " (COALESCE(move_id, 0)), (COALESCE(contract_id, 0)), date)",
        "The customer was already told.",
    )
    _queued_idx = models.Index("(id) WHERE state = 'queued'")

    def _compute_paid_within(self):
        for notice in self:
            notice.paid_within = bool(
                self.env["isp.charge.payment"].search_count(
                    [
                        ("partner_id", "=", notice.partner_id.id),
                        ("source", "!=", "credit_note"),
                        ("applied_on", ">=", notice.date),
                        ("applied_on", "<=", fields.Date.add(notice.date, days=3)),
                    ],
                    limit=1,
                )
            )

    @api.model
    def _queue(self, rows):
        """Queue notices, once each. To be sent after commit.

        :param rows: list of dicts of values
        """
        if not rows:
            return
        self.env.flush_all()
        columns = [
            "company_id", "partner_id", "contract_id", "kind", "channel", "date", "due_date",
            "day_offset", "amount", "currency_id", "move_id", "state",
        ]  # fmt: skip
        self.env.cr.execute_values(
            f"INSERT INTO isp_notice ({', '.join(columns)}, create_date)"
            " VALUES %s ON CONFLICT DO NOTHING",
            [tuple(row.get(name) for name in columns) for row in rows],
            template=f"({', '.join(['%s'] * len(columns))}, now() AT TIME ZONE 'UTC')",
        )
        cron = self.env.ref("silver_billing.ir_cron_send_notices", raise_if_not_found=False)
        if cron:
            cron.sudo()._trigger()

    @api.model
    def _cron_send(self, batch_size=100):
        """Send what is queued, each notice in its own transaction."""
        domain = [("state", "=", "queued")]
        cron = self.env["ir.cron"]
        queued = self.search(domain, order="id", limit=batch_size)
        cron._commit_progress(remaining=self.search_count(domain))
        for notice in queued:
            notice = notice.try_lock_for_update().filtered_domain(domain)
            if notice:
                notice._send()
            if not cron._commit_progress(1):
                break

    def _send(self):
        self.ensure_one()
        try:
            state = getattr(self, f"_send_{self.channel}")()
            self.write({"state": state, "sent_at": fields.Datetime.now(), "error": False})
        except (UserError, ValidationError, OSError, smtplib.SMTPException) as error:
            attempts = self.attempts + 1
            self.write(
                {
                    "attempts": attempts,
                    "error": str(error)[:500],
                    "state": "failed" if attempts >= ATTEMPTS else "queued",
                }
            )
            _logger.info("Notice %s was not sent (attempt %s): %s", self.id, attempts, error)

    def _send_email(self):
        """:return: the state it ends in"""
        if not email_normalize(self.partner_id.email or ""):
            return "no_address"
        template = self.env.ref(f"silver_billing.mail_template_{self.kind}")
        template.send_mail(self.id, force_send=True, raise_exception=True)
        return "sent"

    def action_retry(self):
        """Queue failed notices again."""
        self.filtered(lambda notice: notice.state in ("failed", "no_address")).write(
            {"state": "queued", "attempts": 0}
        )
        return True
