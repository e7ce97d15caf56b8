from odoo import api, fields, models
from odoo.exceptions import ValidationError


class IspZone(models.Model):
    _name = "isp.zone"
    _description = "Zone"
    _parent_store = True
    _order = "complete_name, id"
    _rec_name = "complete_name"
    _check_company_auto = True

    name = fields.Char(required=True, translate=False)
    code = fields.Char(index="btree_not_null", copy=False)
    complete_name = fields.Char(compute="_compute_complete_name", store=True, recursive=True)
    parent_id = fields.Many2one(
        "isp.zone",
        string="Parent zone",
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    parent_path = fields.Char(index=True)
    child_ids = fields.One2many("isp.zone", "parent_id", string="Zones within")
    base_station_ids = fields.One2many("isp.base.station", "zone_id")
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    active = fields.Boolean(default=True)
    note = fields.Text(string="Notes")

    _code_uniq = models.UniqueIndex(
        "(company_id, lower(code)) WHERE code IS NOT NULL",
        "Another zone of the company has this code.",
    )

    @api.depends("name", "parent_id.complete_name")
    def _compute_complete_name(self):
        for zone in self:
            parent = zone.parent_id.complete_name
            zone.complete_name = f"{parent} / {zone.name}" if parent else zone.name

    @api.constrains("parent_id")
    def _check_parent(self):
        if self._has_cycle():
            raise ValidationError(self.env._("A zone cannot be inside itself."))
