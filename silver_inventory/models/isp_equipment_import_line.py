from psycopg2 import IntegrityError

from odoo import fields, models
from odoo.exceptions import UserError

from ..tools import csv_rows


class IspEquipmentImportLine(models.Model):
    """One row of the file and what became of it."""

    _name = "isp.equipment.import.line"
    _description = "Equipment import row"
    _order = "row, id"

    import_id = fields.Many2one(
        "isp.equipment.import", required=True, index=True, ondelete="cascade"
    )
    row = fields.Integer(required=True, readonly=True)
    serial = fields.Char(required=True, readonly=True)
    values = fields.Json(readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    base_station_id = fields.Many2one("isp.base.station", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    verdict = fields.Selection(
        [("ready", "Ready"), ("refused", "Refused"), ("done", "Imported")],
        required=True,
        readonly=True,
        index=True,
    )
    message = fields.Char(string="Reason", readonly=True)
    item_id = fields.Many2one("isp.inventory.item", string="Equipment item", readonly=True)

    def _import(self):
        """Create, receive and install these rows together; when one is refused, one by one, so that
        only that one stays out, with its reason."""
        try:
            with self.env.cr.savepoint():
                self._import_all()
        except (UserError, IntegrityError) as error:
            if len(self) > 1:
                for line in self:
                    line._import()
                return
            self.write({"verdict": "refused", "message": self._reason(error)})

    def _reason(self, error):
        if isinstance(error, IntegrityError):
            return self.env["stock.lot"]._sql_error_to_message(error)
        return str(error)

    def _import_all(self):
        for model, lines in self.grouped(
            lambda line: "isp.onu" if line.product_id.equipment_kind == "onu" else "isp.cpe"
        ).items():
            records = self.env[model].with_context(tracking_disable=True)
            records = records.create([line._item_vals(model) for line in lines])
            for line, record in zip(lines, records, strict=True):
                line.write({"item_id": record.item_id.id, "verdict": "done"})
        locations = self.env["stock.location"]
        for station, lines in self.grouped("base_station_id").items():
            place = locations._isp_base(station) if station else lines.import_id.location_id
            for job, rows in lines.grouped("import_id").items():
                rows.item_id._receive(place, reference=job.display_name)
        for line in self.filtered("partner_id"):
            values = line.values
            since = values.get("since") and csv_rows.parse_date(values["since"])
            line.item_id.with_context(isp_date=since)._install(
                line.partner_id, values.get("reference")
            )

    def _item_vals(self, model):
        values = self.values
        vals = {"name": values["serial"], "product_id": self.product_id.id}
        names = ["mac", "asset_tag", "condition", "ownership", "warranty_date", "value"]
        if model == "isp.onu":
            names.append("gpon_serial")
        return {**vals, **{name: values[name] for name in names if values.get(name)}}
