"""Bringing in equipment that already exists, from a CSV file, with a verdict for each row."""

import base64
import csv
import io

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools import csv_rows, identifiers

CHUNK = 500


class IspEquipmentImport(models.Model):
    """First look, then act: *Check* gives a verdict per row and changes nothing; *Import* takes the
    good rows in committed chunks, and can go on where it stopped."""

    _name = "isp.equipment.import"
    _description = "Equipment import"
    _inherit = ["mail.thread"]
    _order = "id desc"
    _check_company_auto = True

    file = fields.Binary(string="CSV file", required=True, attachment=True)
    file_name = fields.Char()
    product_id = fields.Many2one(
        "product.product",
        string="Default product",
        check_company=True,
        domain="[('is_isp_equipment', '=', True)]",
        help="For rows that do not say their product.",
    )
    location_id = fields.Many2one(
        "stock.location",
        string="Default place",
        check_company=True,
        domain="[('usage', '=', 'internal')]",
        help="For rows that do not say their base. Empty: the main warehouse.",
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    line_ids = fields.One2many("isp.equipment.import.line", "import_id", string="Rows")
    ready_count = fields.Integer(string="Rows to import", compute="_compute_counts")
    refused_count = fields.Integer(string="Refused", compute="_compute_counts")
    done_count = fields.Integer(string="Imported", compute="_compute_counts")
    state = fields.Selection(
        [
            ("draft", "New"),
            ("checked", "Checked"),
            ("running", "Importing"),
            ("done", "Done"),
        ],
        default="draft",
        required=True,
        readonly=True,
        tracking=True,
    )

    @api.depends("line_ids.verdict")
    def _compute_counts(self):
        counts = {}
        for job, verdict, count in self.env["isp.equipment.import.line"]._read_group(
            [("import_id", "in", self.ids)], ["import_id", "verdict"], ["__count"]
        ):
            counts[job, verdict] = count
        for job in self:
            job.ready_count = counts.get((job, "ready"), 0)
            job.refused_count = counts.get((job, "refused"), 0)
            job.done_count = counts.get((job, "done"), 0)

    @api.depends("file_name")
    def _compute_display_name(self):
        for job in self:
            job.display_name = job.file_name or self.env._("Equipment import")

    # === checking === #

    def action_check(self):
        """Give each row its verdict. Nothing is created yet."""
        self.ensure_one()
        if self.state not in ("draft", "checked"):
            raise UserError(self.env._("This file is already imported. Load it again as new."))
        try:
            rows = csv_rows.read(base64.b64decode(self.file))
        except ValueError as error:
            raise UserError(
                self.env._(
                    "The file needs a first line with headings, one of them 'serial' (or 'serie'). "
                    "Columns understood: %(columns)s.",
                    columns=", ".join(csv_rows.HEADINGS),
                )
            ) from error
        self.line_ids.unlink()
        known = self._known(rows)
        seen = {}
        self.env["isp.equipment.import.line"].create(
            [self._verdict(number, row, known, seen) for number, row in rows]
        )
        self.state = "checked"
        return True

    def _known(self, rows):
        """Everything the rows name, read at once.

        :return: dict of dicts: ``product``, ``base``, ``customer`` by folded text; ``serial``,
            ``mac``, ``gpon_serial``, ``asset_tag`` by normalised value
        """
        fold = csv_rows.fold
        products = self.env["product.product"].search([("is_isp_equipment", "=", True)])
        by_product = {}
        for product in products:
            for text in (product.name, product.default_code, product.model):
                by_product.setdefault(fold(text), product)
        stations = self.env["isp.base.station"].search([("company_id", "=", self.company_id.id)])
        bases = {fold(text): base for base in stations for text in (base.name, base.code)}
        names = list({row["customer"] for _number, row in rows if row.get("customer")})
        partners = self.env["res.partner"].search(
            ["|", "|", ("ref", "in", names), ("vat", "in", names), ("name", "in", names)]
        )
        customers = {}
        for partner in partners:
            for text in filter(None, (partner.ref, partner.vat, partner.name)):
                customers.setdefault(text, set()).add(partner.id)
        return {
            "product": by_product,
            "base": bases,
            "customer": customers,
            **self._known_marks(rows),
        }

    @api.model
    def _known_marks(self, rows):
        wanted = {"serial": set(), "mac": set(), "gpon_serial": set(), "asset_tag": set()}
        for _number, row in rows:
            values, _problems = csv_rows.clean(row)
            wanted["serial"] |= {
                identifiers.compact(row.get("serial")),
                identifiers.serial_key(row.get("serial"), "onu"),
            }
            for mark in ("mac", "gpon_serial", "asset_tag"):
                wanted[mark].add(values.get(mark))
        items = self.env["isp.inventory.item"].sudo()
        found = items.search(
            [
                "|",
                "|",
                ("lot_id.isp_serial_key", "in", list(filter(None, wanted["serial"]))),
                ("mac_ids.mac", "in", list(filter(None, wanted["mac"]))),
                ("asset_tag", "in", list(filter(None, wanted["asset_tag"]))),
            ]
        )
        onus = self.env["isp.onu"].sudo()
        onus = onus.search([("gpon_serial", "in", list(filter(None, wanted["gpon_serial"])))])
        return {
            "serial": {(item.product_id.id, item.isp_serial_key): item for item in found},
            "mac": {row.mac: row.item_id for row in found.mac_ids},
            "asset_tag": {item.asset_tag: item for item in found if item.asset_tag},
            "gpon_serial": {onu.gpon_serial: onu.item_id for onu in onus},
        }

    def _verdict(self, number, row, known, seen):
        """:return: values of the line of one row: ready, or refused with the reason in words."""
        values, problems = csv_rows.clean(row)
        line = {
            "import_id": self.id,
            "row": number,
            "serial": row.get("serial") or "?",
            "values": {key: str(value) for key, value in values.items()},
            "verdict": "refused",
        }
        if problems:
            line["message"] = self.env._(
                "Cannot be understood: %(columns)s.",
                columns=", ".join(f"{column} «{row.get(column, '')}»" for column in problems),
            )
            return line
        product = (
            known["product"].get(csv_rows.fold(values["product"]))
            if values.get("product")
            else self.product_id
        )
        line["product_id"] = product.id if product else False
        reason = self._names_reason(values, product, known, line)
        line["message"] = reason or self._repeated(number, values, product, known, seen)
        line["verdict"] = "refused" if line["message"] else "ready"
        return line

    def _names_reason(self, values, product, known, line):
        """Why the product, base or customer of a row will not do; fills the line with them."""
        if not product:
            return self.env._(
                "No equipment product is called «%(name)s».", name=values.get("product", "")
            )
        if values.get("base"):
            base = known["base"].get(csv_rows.fold(values["base"]))
            if not base:
                return self.env._("No base station is called «%(name)s».", name=values["base"])
            line["base_station_id"] = base.id
        if values.get("customer"):
            found = known["customer"].get(values["customer"], ())
            if len(found) != 1:
                return self.env._(
                    "%(count)s customers are called «%(name)s»; use the customer's reference.",
                    count=len(found),
                    name=values["customer"],
                )
            line["partner_id"] = next(iter(found))
        return False

    def _repeated(self, number, values, product, known, seen):
        """Why a row repeats an item or an earlier row; remembers its marks in ``seen``."""
        key = identifiers.serial_key(values["serial"], product.equipment_kind)
        gpon = values.get("gpon_serial")
        if product.equipment_kind == "onu" and not gpon:
            try:
                gpon = identifiers.normalise_gpon(values["serial"])
            except ValueError:
                gpon = None  # its serial is not a GPON one
        marks = {
            "serial": (product.id, key),
            "mac": values.get("mac"),
            "gpon_serial": gpon,
            "asset_tag": values.get("asset_tag"),
        }
        for mark, value in marks.items():
            item = value and known[mark].get(value)
            if item:
                return self.env._(
                    "Already registered as %(item)s. %(where)s",
                    item=item.display_name,
                    where=item._where_it_is(),
                )
            if value and (mark, value) in seen:
                return self.env._("Repeats row %(row)s.", row=seen[mark, value])
        seen.update({(mark, value): number for mark, value in marks.items() if value})
        return False

    # === importing === #

    def action_run(self):
        """Import the good rows. Short files at once, long ones in the background."""
        self.ensure_one()
        if self.state == "draft":
            self.action_check()
        if self.state == "checked":
            self.state = "running"
        if self._process(CHUNK):
            self.env.ref("silver_inventory.ir_cron_equipment_import").sudo()._trigger()
        return True

    @api.model
    def _cron_import(self):
        """Go on with the unfinished imports, one committed chunk at a time."""
        cron = self.env["ir.cron"]
        for job in self.search([("state", "=", "running")], order="id"):
            remaining = 1
            while remaining:
                remaining = job._process(CHUNK)
                if not cron._commit_progress(CHUNK, remaining=remaining):
                    return

    def _process(self, limit):
        """Import up to ``limit`` ready rows.

        :return: how many ready rows remain
        """
        lines = self.env["isp.equipment.import.line"]
        domain = [("import_id", "=", self.id), ("verdict", "=", "ready")]
        ready = lines.search(domain, limit=limit, order="row")
        if ready:
            ready._import()
        remaining = lines.search_count(domain)
        if not remaining:
            self.state = "done"
        return remaining

    def action_download(self):
        """The file's rows with their verdicts, as CSV, to mend the refused ones and load again."""
        self.ensure_one()
        buffer = io.StringIO()
        writer = csv.writer(buffer)
        columns = [column for column in csv_rows.HEADINGS]
        writer.writerow(["row", *columns, "verdict", "message"])
        for line in self.line_ids:
            writer.writerow(
                [
                    line.row,
                    *((line.values or {}).get(column, "") for column in columns),
                    line.verdict,
                    line.message or "",
                ]
            )
        attachment = self.env["ir.attachment"].create(
            {
                "name": f"verdict-{self.file_name or self.id}.csv",
                "raw": buffer.getvalue().encode("utf-8-sig"),
                "res_model": self._name,
                "res_id": self.id,
            }
        )
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{attachment.id}?download=true",
            "target": "self",
        }
