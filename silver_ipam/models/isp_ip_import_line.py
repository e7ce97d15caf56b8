from odoo import fields, models


class IspIpImportLine(models.Model):
    _name = "isp.ip.import.line"
    _description = "Line of an import of addresses"
    _order = "import_id, number, id"
    _rec_name = "address"

    import_id = fields.Many2one("isp.ip.import", required=True, ondelete="cascade", index=True)
    number = fields.Integer("Line of the file", readonly=True)
    address = fields.Char(readonly=True)
    status = fields.Char(readonly=True)
    contract = fields.Char("Contract in the file", readonly=True)
    customer = fields.Char("Customer in the file", readonly=True)
    note = fields.Char(readonly=True)
    verdict = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("imported", "Imported"),
            ("unchanged", "Already so"),
            ("refused", "Refused"),
        ],
        default="waiting",
        required=True,
        readonly=True,
        index=True,
    )
    message = fields.Char("Why", readonly=True)
    reservation_id = fields.Many2one(
        "isp.ip.reservation", readonly=True, ondelete="set null", index=True
    )
