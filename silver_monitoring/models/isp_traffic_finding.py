from odoo import api, fields, models
from odoo.tools import SQL

#: by so many points of use a link must be emptier than the limit before its finding closes
RELIEF_PCT = 5.0


class IspTrafficFinding(models.Model):
    """A link that is close to full, or that went down."""

    _name = "isp.traffic.finding"
    _description = "Link to look at"
    _inherit = ["isp.finding.mixin"]
    _rec_name = "kind"
    _subject = "interface_id"
    _copied = ("watch_id", "company_id")

    interface_id = fields.Many2one(
        "isp.interface", required=True, readonly=True, index=True, ondelete="cascade"
    )
    kind = fields.Selection(
        [("full", "Close to full"), ("down", "Went down")], required=True, readonly=True
    )
    value_open = fields.Float(help="Percent of the link for one that is close to full.")
    watch_id = fields.Many2one(
        related="interface_id.watch_id", string="Device", store=True, index=True
    )
    base_station_id = fields.Many2one(
        related="interface_id.watch_id.base_station_id", string="Base"
    )
    alias = fields.Char(related="interface_id.alias")
    capacity_mbps = fields.Integer(related="interface_id.capacity_mbps")
    use_pct = fields.Float(related="interface_id.use_pct")
    p95_pct = fields.Float(related="interface_id.p95_pct")
    full_days = fields.Integer(related="interface_id.full_days")

    _one_open = models.UniqueIndex(
        "(interface_id, kind) WHERE state = 'open'", "This interface already has such a finding."
    )

    @api.model
    def _relevant(self):
        return SQL("s.watched AND s.status NOT IN ('off', 'gone')")

    @api.model
    def _conditions(self):
        get = self.env["isp.monitoring.settings"]._get
        limit, days = get("link_full_pct"), get("link_full_days")
        return {
            "full": (
                SQL("s.full_days >= %s", days),
                SQL("s.p95_pct < %s", limit - RELIEF_PCT),
                SQL("s.p95_pct"),
            ),
            # one that was never up is a socket without a cable
            "down": (
                SQL("s.status = 'down' AND s.down_since IS NOT NULL"),
                SQL("s.status = 'up'"),
                SQL("0"),
            ),
        }
