from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.silver_inventory.tools.identifiers import normalise_gpon

#: First four letters of a GPON serial number, as registered by makers.
MAKERS = {
    "ALCL": "Nokia",
    "BDCM": "Broadcom",
    "CDTC": "C-Data",
    "DLNK": "D-Link",
    "FHTT": "FiberHome",
    "HWTC": "Huawei",
    "KAON": "Kaon",
    "SCOM": "Sercomm",
    "TPLG": "TP-Link",
    "UBNT": "Ubiquiti",
    "VSOL": "V-SOL",
    "ZTEG": "ZTE",
    "ZYXE": "Zyxel",
}
KEEP_DAYS = 90


class IspOnuDiscovered(models.Model):
    """An ONU that lights up on an OLT and that nobody has authorised, as of the last look."""

    _name = "isp.onu.discovered"
    _inherit = ["isp.ignorable.mixin"]
    _description = "Discovered ONU"
    _rec_name = "serial"
    _order = "last_seen desc, olt_id, slot, port_number, id"
    _check_company_auto = True

    olt_id = fields.Many2one(
        "isp.olt", string="OLT", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="olt_id.company_id", store=True, index=True, precompute=True
    )
    slot = fields.Integer("Card", readonly=True)
    port_number = fields.Integer("Port", readonly=True)
    port_id = fields.Many2one(
        "isp.olt.card.port",
        string="PON Port",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    serial = fields.Char("GPON Serial", required=True, readonly=True, index=True)
    vendor = fields.Char("Maker", readonly=True)
    model = fields.Char(readonly=True, help="As the OLT says it; many do not.")
    first_seen = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    last_seen = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    active = fields.Boolean(
        "Lights Up", default=True, readonly=True, help="Whether the last look still saw it."
    )
    state = fields.Selection(
        [
            ("new", "Unknown"),
            ("known", "In our stock"),
            ("assigned", "Of a contract in service"),
            ("ignored", "Ignored"),
        ],
        compute="_compute_match",
        search="_search_state",
    )
    onu_id = fields.Many2one("isp.onu", string="Our ONU", compute="_compute_match")
    contract_id = fields.Many2one(
        "isp.contract",
        compute="_compute_match",
        help="The contract that has this ONU, or the oldest reservation on this PON port that "
        "waits for one.",
    )
    partner_id = fields.Many2one(
        "res.partner", string="Customer", compute="_compute_match", compute_sudo=False
    )
    candidate_count = fields.Integer(
        "Reservations Here",
        compute="_compute_match",
        help="Contracts that hold a place below this PON port and wait for an ONU.",
    )
    problem = fields.Char(compute="_compute_match")

    _one_row = models.UniqueIndex("(olt_id, serial)", "The OLT shows an ONU once.")

    # === what it is, and for whom === #

    @api.depends("serial", "port_id", "olt_id", "ignored")
    def _compute_match(self):
        """A bounded number of queries for any number of rows."""
        serials = [row.serial for row in self]
        companies = self.company_id.ids
        onus = {
            onu.gpon_serial: onu
            for onu in self.env["isp.onu"].sudo().search([("gpon_serial", "in", serials)])
        }
        of_onu = self._contracts_of(onus.values())
        waiting = self._waiting_contracts(companies, self.port_id)
        for row in self:
            onu = onus.get(row.serial, self.env["isp.onu"])
            here = waiting.get(row.port_id.id, self.env["isp.contract"])
            here = here.filtered(lambda c, onu=onu: not c.onu_id or c.onu_id == onu)
            contract = of_onu.get(onu.id) or here[:1]
            own = onu if onu.company_id == row.company_id else self.env["isp.onu"]
            row.onu_id = own
            row.contract_id = contract if contract.company_id == row.company_id else False
            row.partner_id = row.contract_id.partner_id
            row.candidate_count = len(here)
            row.state = row._state_of(own, contract)
            row.problem = row._problem_of(onu, own, row.contract_id)

    def _state_of(self, onu, contract):
        if self.ignored:
            return "ignored"
        if not onu:
            return "new"
        in_service = contract.onu_id == onu and contract.state in ("active", "suspended")
        return "assigned" if in_service else "known"

    def _problem_of(self, onu, own, contract):
        """:return: what stands between this row and a customer, in words; False when nothing"""
        if not self.port_id:
            return self.env._(
                "The OLT says card %(slot)s, port %(port)s: Silver has no such port.",
                slot=self.slot,
                port=self.port_number,
            )
        if onu and not own:
            return self.env._("It belongs to another company of this database.")
        if contract and contract.onu_id == onu and contract.olt_port_id != self.port_id:
            return self.env._(
                "%(contract)s is for %(reserved)s; it lights up on %(seen)s.",
                contract=contract.name,
                reserved=contract.olt_port_id.display_name or self.env._("no port yet"),
                seen=self.port_id.display_name,
            )
        item = own.item_id
        if own and contract.onu_id != own and item.status != "available":
            return item._where_it_is()
        return False

    @api.model
    def _contracts_of(self, onus):
        """:return: ``{isp.onu id: live contract}``"""
        contracts = (
            self.env["isp.contract"]
            .sudo()
            .search(
                [
                    ("onu_id", "in", [onu.id for onu in onus]),
                    ("state", "in", ["pending", "active", "suspended"]),
                ]
            )
        )
        return {contract.onu_id.id: contract for contract in contracts}

    @api.model
    def _waiting_contracts(self, company_ids, ports):
        """Contracts that hold, or wish for, a place below these PON ports and are not in service.

        :return: ``{isp.olt.card.port id: isp.contract}``, the oldest reservation first
        """
        contracts = (
            self.env["isp.contract"]
            .sudo()
            .search(
                [
                    ("company_id", "in", company_ids),
                    ("olt_port_id", "in", ports.ids),
                    ("state", "in", ["draft", "pending"]),
                    ("service_category", "=", "internet"),
                ],
                order="state desc, state_date, id",  # a reservation before the wish of a draft
            )
        )
        return {port.id: rows for port, rows in contracts.grouped("olt_port_id").items()}

    @api.model
    def _search_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        rows = self.with_context(active_test=False).search(Domain.TRUE)
        return Domain("id", "in", rows.filtered(lambda row: row.state in value).ids)

    # === verbs of the list === #

    @api.model
    def action_look(self, olt_ids=None):
        """Ask the OLTs now what lights up; see ``isp.olt.action_discover``. RPC-callable.

        :param list olt_ids: those only; all that Silver configures when left out
        """
        olts = self.env["isp.olt"].browse(olt_ids or [])
        return (olts or olts.search([("provisioning_mode", "!=", "off")])).action_discover()

    def action_open_activation(self):
        """The first of two clicks: who is it for?"""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("ONU %s", self.serial),
            "res_model": "isp.onu.activation",
            "view_mode": "form",
            "target": "new",
            "context": {"default_discovered_id": self.id},
        }

    # === what a look brings === #

    @api.model
    def _record_look(self, olt, found):
        """Keep what an OLT showed. Four statements, however many ONUs.

        :param found: list of :class:`drivers.olt.Discovered`
        :return: number of ONUs that light up there
        """
        ports = {(port.card_id.slot, port.number): port.id for port in olt.port_ids}
        now = fields.Datetime.now()
        seen = {}
        for onu in found:
            serial = self._serial(onu.serial)
            seen[serial] = (
                *(olt.id, olt.company_id.id, serial, onu.slot, onu.port),
                ports.get((onu.slot, onu.port)),
                MAKERS.get(serial[:4], serial[:4]),
                onu.model or None,
                *(now, now, True, self.env.uid, now, self.env.uid, now),
            )
        self.flush_model()
        self.env.cr.execute(
            SQL(
                "UPDATE isp_onu_discovered SET active = false"
                " WHERE olt_id = %s AND active AND serial != ALL(%s)",
                olt.id,
                list(seen),
            )
        )
        if seen:
            self.env.cr.execute_values(
                """
                INSERT INTO isp_onu_discovered AS known (olt_id, company_id, serial, slot,
                    port_number, port_id, vendor, model, first_seen, last_seen, active,
                    create_uid, create_date, write_uid, write_date)
                VALUES %s
                ON CONFLICT (olt_id, serial) DO UPDATE SET
                    slot = excluded.slot, port_number = excluded.port_number,
                    port_id = excluded.port_id, last_seen = excluded.last_seen, active = true,
                    model = COALESCE(excluded.model, known.model),
                    -- away and back: it is looked at anew
                    ignored = known.ignored AND known.active
                """,
                list(seen.values()),
                page_size=1000,
            )
        self.invalidate_model()
        return len(seen)

    @api.model
    def _serial(self, text):
        try:
            return normalise_gpon(text)
        except ValueError:
            return text.strip().upper()[:32]

    @api.autovacuum
    def _gc_gone(self):
        """What has not lit up for a long time."""
        limit = fields.Datetime.subtract(fields.Datetime.now(), days=KEEP_DAYS)
        self.search([("active", "=", False), ("last_seen", "<", limit)], limit=10_000).unlink()
