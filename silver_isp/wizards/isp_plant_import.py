import base64
import re

from psycopg2 import IntegrityError

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import float_compare

from .. import plant_csv

#: "OLT-CENTRO 0/3" or "SPL-01/3": what a splitter hangs from
FEED = re.compile(r"^(?P<name>.+?)\s*(?:(?P<sep>\s)(?P<slot>\d+))?\s*/\s*(?P<number>\d+)$")

MODELS = {
    "zone": ("isp.zone", "code"),
    "base": ("isp.base.station", "code"),
    "olt": ("isp.olt", "name"),
    "nap": ("isp.nap", "code"),
    "splitter": ("isp.splitter", "code"),
    "sector": ("isp.sector", "name"),
}


class _DryRunDone(Exception):
    """Leaves the savepoint of a rehearsal."""


class IspPlantImport(models.TransientModel):
    """Bring a plant in from a spreadsheet, row by row: a bad row says why and stops nobody else.

    Rows are known by their code, so the same file may be read again: it updates what changed.
    """

    _name = "isp.plant.import"
    _description = "Import a plant"

    file = fields.Binary(string="CSV file", required=True, attachment=False)
    file_name = fields.Char()
    dry_run = fields.Boolean(
        string="Only rehearse",
        default=True,
        help="Say what would happen to each row and change nothing.",
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    line_ids = fields.One2many("isp.plant.import.line", "import_id", readonly=True)
    state = fields.Selection(
        [("draft", "To read"), ("rehearsed", "Rehearsed"), ("done", "Imported")],
        default="draft",
        readonly=True,
    )
    summary = fields.Char(readonly=True)

    @api.depends("file_name")
    def _compute_display_name(self):
        for job in self:
            job.display_name = job.file_name or self.env._("Import a plant")

    def action_run(self):
        """Read the file; with ``dry_run`` everything is undone but the verdicts.

        :return: action that shows the verdicts
        :raise UserError: when the file as a whole cannot be read
        """
        self.ensure_one()
        self.env["isp.nap"].check_access("create")
        verdicts = []
        try:
            with self.env.cr.savepoint():
                for row in self._rows():
                    verdict, message = self._import_row(row)
                    verdicts.append(
                        {
                            "import_id": self.id,
                            "line": row.line,
                            "kind": row.kind,
                            "code": row.values.get("code"),
                            "verdict": verdict,
                            "message": message,
                        }
                    )
                if self.dry_run:
                    raise _DryRunDone
        except _DryRunDone:
            self.env.invalidate_all()
        self.line_ids.unlink()
        self.env["isp.plant.import.line"].create(verdicts)
        count = {name: 0 for name in ("created", "updated", "unchanged", "error")}
        for verdict in verdicts:
            count[verdict["verdict"]] += 1
        self.write(
            {
                "state": "rehearsed" if self.dry_run else "done",
                "summary": self.env._(
                    "%(created)s created, %(updated)s updated, %(unchanged)s as they "
                    "were, %(error)s refused.",
                    **count,
                ),
            }
        )
        return self._reopen()

    def action_import(self):
        """After a rehearsal: the same file, in earnest."""
        self.dry_run = False
        return self.action_run()

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def _rows(self):
        try:
            return list(plant_csv.parse(plant_csv.decode(base64.b64decode(self.file))))
        except plant_csv.BadFile as error:
            code, *details = error.args
            if code == "empty":
                raise UserError(self.env._("The file is empty.")) from error
            raise UserError(
                self.env._(
                    "The first row must name the columns; these are missing: %s.", details[0]
                )
            ) from error

    def _import_row(self, row):
        """:return: ``(verdict, message)``; the row leaves nothing behind when it is refused."""
        if row.problem:
            return "error", self._problem_text(row.problem)
        try:
            with self.env.cr.savepoint():
                values = getattr(self, f"_values_{row.kind}")(row.values)
                return self._upsert(row.kind, row.values["code"], values)
        except (UserError, ValidationError) as error:
            return "error", str(error)
        except IntegrityError as error:
            model = self.env[MODELS[row.kind][0]]
            return "error", model._sql_error_to_message(error)

    def _problem_text(self, problem):
        code, *details = problem
        if code == "type":
            return self.env._(
                "“%s” is no type. Use zone, base, olt, nap, splitter or sector.", details[0]
            )
        if code == "missing":
            return self.env._("Fill in: %s.", details[0])
        if code == "number":
            return self.env._(
                "%(column)s: “%(text)s” is not a number.", column=details[0], text=details[1]
            )
        return self.env._(
            "“%s” is no state of a box. Use project, deployed or certified.", details[0]
        )

    def _upsert(self, kind, code, values):
        model, key = MODELS[kind]
        record = self._find(kind, code)
        if not record:
            if kind != "splitter":  # a splitter is of the company of its OLT
                values["company_id"] = self.company_id.id
            record = self.env[model].create({**values, key: code})
            if kind == "olt" and record.olt_model_id:
                record.action_generate()
            return "created", record.display_name
        changed = {
            name: value for name, value in values.items() if not self._same(record, name, value)
        }
        if not changed:
            return "unchanged", record.display_name
        record.write(changed)
        return "updated", ", ".join(
            record._fields[name]._description_string(self.env) for name in changed
        )

    def _same(self, record, name, value):
        field = record._fields[name]
        if field.type == "many2one":
            return record[name].id == (value or False)
        if field.type == "float":
            digits = (field.get_digits(self.env) or (16, 6))[1]
            return float_compare(record[name], value, precision_digits=digits) == 0
        return (record[name] or False) == (value or False)

    def _find(self, kind, code, required=False):
        model, key = MODELS[kind]
        record = self.env[model].search(
            [
                (key, "=ilike", code.replace("\\", "\\\\").replace("_", r"\_").replace("%", r"\%")),
                ("company_id", "=", self.company_id.id),
            ],
            limit=1,
        )
        if required and not record:
            raise UserError(
                self.env._(
                    "There is no %(what)s “%(code)s”. Put it in the file before this row.",
                    what=self.env[model]._description,
                    code=code,
                )
            )
        return record

    # === one method per type: the columns of the file -> values of the model === #

    def _pick(self, row, **columns):
        """:return: the columns that are filled in, under the names of the model."""
        return {field: row[column] for field, column in columns.items() if column in row}

    def _link(self, row, column, kind):
        return self._find(kind, row[column], required=True).id

    def _check_place(self, row):
        nap = self.env["isp.nap"].with_company(self.company_id)
        error = nap._position_error(row.get("latitude", 0.0), row.get("longitude", 0.0))
        if error:
            raise UserError(error)

    def _values_zone(self, row):
        values = self._pick(row, name="name")
        if "parent" in row:
            values["parent_id"] = self._link(row, "parent", "zone")
        return values

    def _values_base(self, row):
        self._check_place(row)
        values = self._pick(
            row, name="name", latitude="latitude", longitude="longitude", location="address"
        )
        if "zone" in row:
            values["zone_id"] = self._link(row, "zone", "zone")
        return values

    def _values_olt(self, row):
        values = {"base_station_id": self._link(row, "base", "base")}
        values.update(self._pick(row, management_address="address"))
        if "model" in row:
            chassis = self.env["isp.olt.model"].search([("name", "=ilike", row["model"])], limit=1)
            if not chassis:
                raise UserError(
                    self.env._(
                        "There is no OLT model “%s”. Create it in Configuration, OLT models.",
                        row["model"],
                    )
                )
            values.update(olt_model_id=chassis.id, vendor=chassis.vendor, model_name=chassis.name)
        return values

    def _values_nap(self, row):
        self._check_place(row)
        values = {"base_station_id": self._link(row, "base", "base")}
        values.update(
            self._pick(
                row, latitude="latitude", longitude="longitude", address="address", state="state"
            )
        )
        if "zone" in row:
            values["zone_id"] = self._link(row, "zone", "zone")
        return values

    def _values_splitter(self, row):
        values = self._pick(row, ratio="ratio", tap="tap", feeder_km="km")
        self.env["isp.splitter"]._check_ratio(values["ratio"])
        if "tap" in values:
            values["tap"] = values["tap"].split("/")[0]
        if "box" in row:
            values["nap_id"] = self._link(row, "box", "nap")
        values.update(self._feed(row["parent"]))
        return values

    def _feed(self, text):
        """:return: where a splitter hangs: a PON port (``OLT 0/3``) or a port of a splitter
        (``SPL/3``)."""
        match = FEED.match(text)
        if not match:
            raise UserError(
                self.env._(
                    "“%s” is neither a PON port (OLT-1 0/3) nor a splitter port (SPL-1/3).", text
                )
            )
        number = int(match["number"])
        if match["slot"] is not None:
            olt = self._find("olt", match["name"])
            if olt:
                pon = olt.port_ids.filtered(
                    lambda port: port.number == number and port.card_id.slot == int(match["slot"])
                )
                if not pon:
                    raise UserError(self.env._("The OLT has no PON port “%s”.", text))
                return {"olt_port_id": pon.id, "parent_port_id": False}
        name = text.rsplit("/", 1)[0].strip()
        splitter = self._find("splitter", name, required=True)
        port = splitter.port_ids.filtered(lambda port: port.number == number)
        if not port:
            raise UserError(
                self.env._(
                    "Splitter %(splitter)s has no port %(number)s.",
                    splitter=splitter.code,
                    number=number,
                )
            )
        return {"parent_port_id": port.id, "olt_port_id": splitter.olt_port_id.id}

    def _values_sector(self, row):
        values = {"base_station_id": self._link(row, "base", "base")}
        values.update(
            self._pick(
                row,
                max_clients="limit",
                azimuth="azimuth",
                beam_width="beam",
                max_range_m="range",
                management_address="address",
            )
        )
        return values
