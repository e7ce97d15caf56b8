from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, mute_logger

from odoo.addons.silver_base.fields import Secret

from .driver_texts import spoken

KEEP_DAYS = 90
VERDICTS = [
    ("adoptable", "Of a contract, not yet ours"),
    ("equal", "Ours and equal"),
    ("different", "Ours, different"),
    ("adopted", "Taken over, on its way"),
    ("ambiguous", "Several candidates"),
    ("conflict", "Conflict"),
    ("nobody", "Nobody's"),
    ("ended", "Of a cancelled contract"),
]
HOW = [
    ("hand", "Chosen by a person"),
    ("mark", "Our mark"),
    ("user", "PPP user"),
    ("number", "Contract number"),
    ("address", "Address"),
    ("mac", "MAC"),
]


class IspRouterEntry(models.Model):
    """A customer's service as it stands on a router, whoever wrote it there, as of the last look.

    With them a provider comes who ran his routers by hand or with another panel.
    """

    _name = "isp.router.entry"
    _inherit = ["isp.ignorable.mixin"]
    _description = "Service found on a router"
    _rec_name = "label"
    _rec_names_search = ["username", "address", "comment", "queue_name", "mac"]
    _order = "nas_id, username, address, id"
    _check_company_auto = True

    nas_id = fields.Many2one(
        "isp.nas", string="Router", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="nas_id.company_id", store=True, index=True, precompute=True
    )
    key = fields.Char(required=True, readonly=True, help="What tells it apart on the router.")
    label = fields.Char("Service", compute="_compute_label")
    parts = fields.Char(readonly=True)
    parts_label = fields.Char("Written As", compute="_compute_label")
    username = fields.Char("PPP User", readonly=True, index=True)
    password = Secret(readonly=True, groups="silver_base.group_silver_secrets")
    address = fields.Char(readonly=True, index=True)
    address_fixed = fields.Boolean(
        "Fixed Address", readonly=True, help="Off: a pool of the router lent it."
    )
    mac = fields.Char("MAC", readonly=True)
    profile = fields.Char("PPP Profile", readonly=True)
    upload_kbps = fields.Integer(readonly=True)
    download_kbps = fields.Integer(readonly=True)
    speed = fields.Char(
        compute="_compute_label", help="Upload/download as the queue says it, else the profile."
    )
    queue_name = fields.Char("Queue", readonly=True)
    comment = fields.Char(readonly=True, help="What people wrote there.")
    owner = fields.Char("Marked For", readonly=True, help="The contract whose mark it bears.")
    disabled = fields.Boolean("Off", readonly=True)
    listed = fields.Boolean(
        "Suspended", readonly=True, help="On the router's list of the suspended, or their profile."
    )
    online = fields.Boolean(readonly=True)
    first_seen = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    last_seen = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    active = fields.Boolean("Still There", default=True, readonly=True)

    chosen_contract_id = fields.Many2one(
        "isp.contract",
        string="Contract by Hand",
        check_company=True,
        index="btree_not_null",
        ondelete="set null",
        domain="[('company_id', '=', company_id), ('state', 'in', ['pending', 'active', "
        "'suspended'])]",
        help="Whose it is, when Silver cannot tell.",
    )
    contract_id = fields.Many2one(
        "isp.contract", readonly=True, index="btree_not_null", ondelete="set null"
    )
    partner_id = fields.Many2one(related="contract_id.partner_id", string="Customer")
    contract_state = fields.Selection(related="contract_id.state", string="Contract State")
    matched_by = fields.Selection(HOW, string="Known By", readonly=True)
    verdict = fields.Selection(VERDICTS, readonly=True, index=True)
    notes = fields.Json(readonly=True, copy=False)
    explanation = fields.Text(compute="_compute_explanation")
    error = fields.Char("Could Not Be Taken Over", readonly=True, copy=False)
    adopt_requested = fields.Boolean("In the Queue", readonly=True, copy=False)
    adopted_at = fields.Datetime("Taken Over", readonly=True, copy=False)
    adopted_by_id = fields.Many2one("res.users", string="Taken Over By", readonly=True, copy=False)

    _one_row = models.UniqueIndex("(nas_id, key)", "The router shows a service once.")
    _requested_idx = models.Index("(id) WHERE adopt_requested")

    @api.depends("username", "address", "queue_name", "parts", "upload_kbps", "download_kbps")
    @api.depends_context("lang")
    def _compute_label(self):
        names = {
            "user": self.env._("PPP user"),
            "queue": self.env._("queue"),
            "lease": self.env._("lease"),
            "list": self.env._("list of suspended"),
            "arp": self.env._("ARP entry"),
        }
        for row in self:
            row.label = row.username or row.address or row.queue_name or row.key
            parts = (row.parts or "").split(",")
            row.parts_label = ", ".join(names[part] for part in parts if part in names)
            row.speed = (
                f"{_rate(row.upload_kbps)}/{_rate(row.download_kbps)}"
                if row.upload_kbps or row.download_kbps
                else False
            )

    @api.depends("notes", "verdict", "contract_id", "error")
    @api.depends_context("lang")
    def _compute_explanation(self):
        for row in self:
            lines = [row._say(*note) for note in row.notes or ()]
            if row.error:
                said = self.env._("It could not be taken over: %(reason)s", reason=row.error)
                lines.insert(0, said)
            row.explanation = "\n".join(lines) or False

    def _say(self, what, here, there):
        """:return: one note in the language of the reader"""
        names = {"here": here or self.env._("nothing"), "there": there or self.env._("nothing")}
        return {
            "user": lambda: self.env._(
                "PPP user: %(here)s here, %(there)s on the router.", **names
            ),
            "password": lambda: self.env._("The password is another one."),
            "profile": lambda: self.env._(
                "Profile: %(here)s here, %(there)s on the router: the session ends once, for the "
                "new terms.",
                **names,
            ),
            "profile_name": lambda: self.env._(
                "Profile: %(here)s here, %(there)s on the router, with the same speed: nobody is "
                "disconnected for it.",
                **names,
            ),
            "address": lambda: self.env._(
                "Address: %(here)s here, %(there)s on the router.", **names
            ),
            "lent": lambda: self.env._(
                "A pool of the router lends the address; Silver will write %(here)s.", **names
            ),
            "mac": lambda: self.env._("MAC: %(here)s here, %(there)s on the router.", **names),
            "speed": lambda: self.env._("Speed: %(here)s here, %(there)s on the router.", **names),
            "missing": lambda: self.env._(
                "On the router there is no %(part)s; Silver will make it.",
                part=self.env._("lease") if here == "lease" else self.env._("queue"),
            ),
            "extra_queue": lambda: self.env._(
                "The queue %(here)s (%(there)s) stays as it is: on this router Silver keeps PPPoE "
                "users.",
                **names,
            ),
            "cut": lambda: self.env._("The contract is in service, and the router cuts it."),
            "open": lambda: self.env._(
                "The contract is suspended, and the router lets it through."
            ),
            "no_contract": lambda: self.env._("No contract has its user, address, MAC or number."),
            "candidates": lambda: self.env._("It may be of %(here)s.", **names),
            "disagree": lambda: self.env._(
                "What is written there points to different contracts: %(here)s.", **names
            ),
            "left": lambda: self.env._("It is that of %(here)s, which is cancelled.", **names),
            "other_router": lambda: self.env._(
                "%(here)s is served by the router %(there)s. If that is wrong, choose the router "
                "on its OLT or sector, or on the contract.",
                **names,
            ),
            "unknown_mark": lambda: self.env._("It bears the mark of %(here)s.", **names),
            "twice": lambda: self.env._("The same contract has %(here)s on this router.", **names),
            "driver": lambda: spoken(self.env, here),
        }[what]()

    # === verbs of the list === #

    def write(self, vals):
        """People say whose a row is; the rest is what the router says."""
        if not self.env.su and vals.keys() - {"chosen_contract_id"}:
            raise AccessError(
                self.env._("What a router shows is not written by hand. Look at it again instead.")
            )
        result = super().write(vals)
        if "chosen_contract_id" in vals:
            self.sudo()._match()
        return result

    def action_look(self):
        """Read the routers of these rows again, in the background; without rows, all that were
        read before."""
        routers = self.nas_id or self.env["isp.nas"].search([("look_at", "!=", False)])
        if not routers:
            raise UserError(
                self.env._("Begin on a router, with its button “Take Over What Is There”.")
            )
        routers.action_take_over()
        return self._tell(
            self.env._(
                "Asking %(names)s; the list is renewed by itself.",
                names=", ".join(routers[:5].mapped("name")) + (", ..." if len(routers) > 5 else ""),
            )
        )

    def action_match(self):
        """Compare again with the contracts of now, without asking the router."""
        self.check_access("write")
        self.sudo()._match()
        return True

    def action_reconcile(self):
        """Make the router as the contracts of these rows say, after commit.

        :raise UserError: for rows that are not ours
        """
        self.check_access("write")
        strangers = self.filtered(lambda row: row.verdict not in ("different", "equal", "adopted"))
        if strangers:
            raise UserError(
                self.env._(
                    "%(names)s: take it over first; then the router can be brought in line.",
                    names=", ".join(strangers[:5].mapped("label")),
                )
            )
        return self.contract_id.action_reconcile()

    # === what a look brings === #

    @api.model
    def _record_look(self, nas, found):
        """Keep what a router showed: two statements, however many services; then say whose they
        are.

        :param found: list of :class:`drivers.mikrotik.Found`
        :return: number of services
        """
        now = fields.Datetime.now()
        rows = {
            service.key: (
                *(nas.id, nas.company_id.id, service.key, ",".join(service.parts)),
                service.username or None,
                service.password.reveal() if service.password else None,
                *(service.address or None, service.fixed, service.mac or None),
                *(service.profile or None, service.upload_kbps, service.download_kbps),
                *(service.queue_name or None, service.comment or None, service.owner or None),
                *(service.disabled, service.listed, service.online),
                *(now, now, True, self.env.uid, now, self.env.uid, now),
            )
            for service in found
        }
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE isp_router_entry SET active = false, password = NULL"
                " WHERE nas_id = %s AND active AND key != ALL(%s)",
                nas.id,
                list(rows),
            )
        )
        # a conflict with another transaction would write the passwords of the statement to the log
        with mute_logger("odoo.sql_db"):
            self._keep_rows(list(rows.values()))
        self.invalidate_model()
        self.search([("nas_id", "=", nas.id)])._match()
        return len(rows)

    @api.model
    def _keep_rows(self, rows):
        """:param list rows: values of the columns of the statement below"""
        if rows:
            self.env.cr.execute_values(
                """
                INSERT INTO isp_router_entry AS known (nas_id, company_id, key, parts, username,
                    password, address, address_fixed, mac, profile, upload_kbps, download_kbps,
                    queue_name, comment, owner, disabled, listed, online, first_seen, last_seen,
                    active, create_uid, create_date, write_uid, write_date)
                VALUES %s
                ON CONFLICT (nas_id, key) DO UPDATE SET
                    parts = excluded.parts, username = excluded.username,
                    password = excluded.password, address = excluded.address,
                    address_fixed = excluded.address_fixed, mac = excluded.mac,
                    profile = excluded.profile, upload_kbps = excluded.upload_kbps,
                    download_kbps = excluded.download_kbps, queue_name = excluded.queue_name,
                    -- our mark replaces the words of people on the router; here they are kept
                    comment = coalesce(excluded.comment, known.comment),
                    owner = excluded.owner, disabled = excluded.disabled,
                    listed = excluded.listed, online = excluded.online,
                    last_seen = excluded.last_seen, active = true,
                    -- away and back: it is looked at anew
                    ignored = known.ignored AND known.active
                """,
                rows,
                page_size=1000,
            )

    @api.autovacuum
    def _gc_gone(self):
        """What has not been on its router for a long time."""
        limit = fields.Datetime.subtract(fields.Datetime.now(), days=KEEP_DAYS)
        self.search([("active", "=", False), ("last_seen", "<", limit)], limit=10_000).unlink()


def _rate(kbps):
    return f"{kbps // 1000}M" if kbps and kbps % 1000 == 0 else f"{kbps}k"
