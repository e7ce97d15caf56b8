from odoo import api, fields, models
from odoo.tools import SQL


class IspFindingMixin(models.AbstractModel):
    """Something somebody should look at before the customer calls. Opens and closes by itself.

    The heir says of what (``_subject``, a many2one), which kinds there are (selection ``kind``) and
    when each is so.
    """

    _name = "isp.finding.mixin"
    _description = "Finding"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "state desc, date_open desc, id desc"
    #: many2one to what is looked at
    _subject = None
    #: columns of the subject that a finding keeps as they were when it was found
    _copied = ("company_id",)

    state = fields.Selection(
        [("open", "Open"), ("closed", "Closed")], required=True, default="open", readonly=True
    )
    date_open = fields.Datetime(string="Since", required=True, readonly=True)
    date_close = fields.Datetime(string="Until", readonly=True)
    value_open = fields.Float(string="When found", readonly=True)
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="cascade"
    )
    user_id = fields.Many2one("res.users", string="Who looks at it", tracking=True)
    note = fields.Text(string="Notes")

    _closed_has_end = models.Constraint(
        "CHECK((state = 'closed') = (date_close IS NOT NULL))",
        "A closed finding has an end and an open one has none.",
    )

    @api.depends("kind")
    def _compute_display_name(self):
        labels = dict(self._fields["kind"]._description_selection(self.env))
        for finding in self:
            finding.display_name = f"{labels[finding.kind]} · {finding[self._subject].display_name}"

    @api.model
    def _conditions(self):
        """When each kind is so, and when it is over, of the table of the subject, alias ``s``.

        :return: ``{kind: (SQL is so, SQL is over, SQL value)}``
        """
        raise NotImplementedError

    @api.model
    def _relevant(self):
        """:return: SQL: the subject is somebody's to look after; without that findings close"""
        raise NotImplementedError

    @api.model
    def _evaluate(self, now, only=None):
        """Open what is so and close what is over. Two statements for each kind, for all subjects.

        :param dict only: ``{column of the subject: value}``
        :return: (number opened, number closed)
        """
        self.env.flush_all()
        subject = self._fields[self._subject]
        names = {
            "now": now,
            "uid": self.env.uid,
            "finding": SQL.identifier(self._table),
            "subject": SQL.identifier(self._subject),
            "of": SQL.identifier(self.env[subject.comodel_name]._table),
            "relevant": self._relevant(),
            "copied": SQL(", ").join(map(SQL.identifier, self._copied)),
            "copies": SQL(", ").join(SQL.identifier("s", name) for name in self._copied),
            "only": SQL(" AND ").join(
                [SQL("true")]
                + [SQL("%s = %s", SQL.identifier("s", k), v) for k, v in (only or {}).items()]
            ),
        }
        opened = closed = 0
        for kind, (is_so, is_over, value) in self._conditions().items():
            names.update(kind=kind, is_so=is_so, is_over=is_over, value=value)
            self.env.cr.execute(
                SQL(
                    """
                    UPDATE %(finding)s f SET state = 'closed', date_close = %(now)s
                      FROM %(of)s s
                     WHERE s.id = f.%(subject)s AND f.kind = %(kind)s AND f.state = 'open'
                       AND %(only)s AND (NOT (%(relevant)s) OR (%(is_over)s))
                    """,
                    **names,
                )
            )
            closed += self.env.cr.rowcount
            self.env.cr.execute(
                SQL(
                    """
                    INSERT INTO %(finding)s (%(subject)s, kind, state, date_open, value_open,
                                             create_uid, create_date, write_uid, write_date,
                                             %(copied)s)
                    SELECT s.id, %(kind)s, 'open', %(now)s, %(value)s, %(uid)s, %(now)s, %(uid)s,
                           %(now)s, %(copies)s
                      FROM %(of)s s
                     WHERE %(only)s AND %(relevant)s AND %(is_so)s
                       -- hashed once, whatever PostgreSQL believes of a table that just grew
                       AND s.id NOT IN (SELECT f.%(subject)s FROM %(finding)s f
                                         WHERE f.kind = %(kind)s AND f.state = 'open')
                    """,
                    **names,
                )
            )
            opened += self.env.cr.rowcount
        self.invalidate_model()
        return opened, closed
