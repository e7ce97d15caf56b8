from odoo import fields, models


class IspPlantImportLine(models.TransientModel):
    _name = "isp.plant.import.line"
    _description = "Row of a plant import"
    _order = "line, id"

    import_id = fields.Many2one("isp.plant.import", required=True, index=True, ondelete="cascade")
    line = fields.Integer(string="Row", readonly=True)
    kind = fields.Char(string="Type", readonly=True)
    code = fields.Char(readonly=True)
    verdict = fields.Selection(
        [
            ("created", "Created"),
            ("updated", "Updated"),
            ("unchanged", "As it was"),
            ("error", "Refused"),
        ],
        readonly=True,
    )
    message = fields.Char(readonly=True)
