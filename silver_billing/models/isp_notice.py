from zlib import crc32

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL, email_normalize

from odoo.addons.silver_base.tools import local_time

#: Kinds that speak of a debt, the gravest with the greatest number.
ABOUT_MONEY = {"reminder": 1, "overdue": 2, "legal": 3}


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
    date = fields.Date(required=True, default=lambda self: local_time.today(self.env))
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
            ("sending", "Being Sent"),
            ("sent", "Sent"),
            ("failed", "Failed"),
            ("no_address", "No Address"),
            ("holdout", "Not Sent (Control)"),
        ],
        default="queued",
        required=True,
        readonly=True,
    )
    mail_id = fields.Many2one(
        "mail.mail", readonly=True, index="btree_not_null", ondelete="set null"
    )
    error = fields.Char(readonly=True)
    handed_at = fields.Datetime("Handed Over At", readonly=True)
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
    _handed_idx = models.Index("(company_id, handed_at) WHERE handed_at IS NOT NULL")

    def _compute_paid_within(self):
        rows = self.env.execute_query(
            SQL(
                """
                SELECT notice.id FROM isp_notice notice WHERE notice.id = ANY(%s) AND EXISTS (
                       SELECT FROM isp_charge_payment paid
                        WHERE paid.partner_id = notice.partner_id AND paid.source <> 'credit_note'
                          AND paid.applied_on BETWEEN notice.date AND notice.date + 3)
                """,
                self._origin.ids,
            )
        )
        paid = {row[0] for row in rows}
        for notice in self:
            notice.paid_within = notice._origin.id in paid

    @api.model
    def _queue(self, rows):
        """Queue notices, once each. To be sent after commit.

        A customer is told about money once a day at most, the gravest first, however many services
        are due. Customers of the control group get no reminder; the legal notice always leaves.

        :param rows: list of dicts of values
        """
        rows = self._once_a_day(rows) if rows else []
        if not rows:
            return
        self.env.flush_all()
        shares = dict(
            self.env["res.company"]
            .browse({row["company_id"] for row in rows})
            .mapped(lambda company: (company.id, company.isp_holdout_percent))
        )
        for row in rows:
            share = shares[row["company_id"]]
            if (
                row["kind"] in ("reminder", "overdue")
                and crc32(b"%d" % row["partner_id"]) % 100 < share
            ):
                row["state"] = "holdout"
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
    def _once_a_day(self, rows):
        """:return: ``rows`` without notices about money of customers who get another that day"""
        self.env.flush_all()
        told = set(
            self.env.execute_query(
                SQL(
                    """
                    SELECT partner_id, channel, date FROM isp_notice
                     WHERE partner_id = ANY(%s) AND kind = ANY(%s) AND date = ANY(%s)
                    """,
                    [row["partner_id"] for row in rows],
                    list(ABOUT_MONEY),
                    list({row["date"] for row in rows}),
                )
            )
        )
        kept = []
        for row in sorted(rows, key=lambda row: ABOUT_MONEY.get(row["kind"], 0), reverse=True):
            key = (row["partner_id"], row["channel"], row["date"])
            if row["kind"] in ABOUT_MONEY:
                if key in told:
                    continue
                told.add(key)
            kept.append(row)
        return kept

    @api.model
    def _queued_now(self):
        """:return: domain of what may leave now: queued, of companies that sent less in this hour
        than they allow"""
        since = fields.Datetime.subtract(fields.Datetime.now(), hours=1)
        sent = dict(self._read_group([("handed_at", ">", since)], ["company_id"], ["__count"]))
        full = [
            company.id
            for company, count in sent.items()
            if 0 < company.isp_notices_per_hour <= count
        ]
        return [("state", "=", "queued"), ("company_id", "not in", full)]

    @api.model
    def _cron_send(self, batch_size=100):
        """Hand over what is queued, each notice in its own transaction, and note what became of the
        mails of before. What does not fit in the hour of its company waits for the next one."""
        cron = self.env["ir.cron"]
        self._follow_mails()
        domain = self._queued_now()
        cron._commit_progress(remaining=self.search_count(domain))
        for notice in self.search(domain, order="id", limit=batch_size):
            notice = notice.try_lock_for_update().filtered_domain(domain)
            if notice and notice.filtered_domain(self._queued_now()):
                notice._send()
            if not cron._commit_progress(1):
                break

    def _send(self):
        """Give the notice to its channel. What is wrong with one stays on it."""
        self.ensure_one()
        try:
            with self.env.cr.savepoint():
                vals = getattr(self, f"_send_{self.channel}")()
            self.write({"error": False, "handed_at": fields.Datetime.now(), **vals})
        except (UserError, ValidationError) as error:
            self.write({"state": "failed", "error": str(error)[:500]})

    def _send_email(self):
        """Put an e-mail in Odoo's own queue, which sends it and tries again by itself.

        :return: values to write on the notice
        """
        if not email_normalize(self.partner_id.email or ""):
            return {"state": "no_address"}
        template = self.env.ref(f"silver_billing.mail_template_{self.kind}")
        mail_id = template.send_mail(self.id, email_values={"auto_delete": False})
        return {"state": "sending", "mail_id": mail_id}

    @api.model
    def _follow_mails(self):
        """Note which of the mails that were handed over left, and which could not."""
        for notice in self.search([("state", "=", "sending")], limit=1000):
            mail = notice.mail_id
            if mail.state == "sent" or not mail:
                notice.write({"state": "sent", "sent_at": mail.write_date or fields.Datetime.now()})
            elif mail.state in ("exception", "cancel"):
                notice.write({"state": "failed", "error": (mail.failure_reason or "")[:500]})

    def action_retry(self):
        """Queue failed notices again."""
        self.filtered(lambda notice: notice.state in ("failed", "no_address")).write(
            {"state": "queued", "mail_id": False}
        )
        return True
