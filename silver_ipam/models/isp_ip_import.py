import base64
import csv
import io
import ipaddress

import psycopg2

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import mute_logger

from ..tools import addressing, imports

READERS = {"csv": imports.read_csv, "routeros": imports.read_routeros}
BATCH = 500


class IspIpImport(models.Model):
    """A file of addresses. Good lines enter, bad ones say why; running it again changes nothing."""

    _name = "isp.ip.import"
    _description = "Import of addresses"
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(compute="_compute_name", store=True)
    filename = fields.Char()
    file = fields.Binary(required=True, attachment=True)
    format = fields.Selection(
        [("csv", "CSV (ours or NetBox's)"), ("routeros", "RouterOS export")],
        default="csv",
        required=True,
    )
    base_station_id = fields.Many2one(
        "isp.base.station",
        required=True,
        check_company=True,
        ondelete="restrict",
        help="Its pools receive the addresses.",
    )
    company_id = fields.Many2one(related="base_station_id.company_id", store=True)
    line_ids = fields.One2many("isp.ip.import.line", "import_id", string="Lines", readonly=True)
    imported = fields.Integer(compute="_compute_counts")
    unchanged = fields.Integer("Already so", compute="_compute_counts")
    refused = fields.Integer(compute="_compute_counts")
    waiting = fields.Integer(compute="_compute_counts")

    def _compute_name(self):
        for record in self:
            record.name = record.filename or record.env._("Import of addresses")

    def _compute_counts(self):
        counts = {
            (record.id, verdict): count
            for record, verdict, count in self.env["isp.ip.import.line"]._read_group(
                [("import_id", "in", self.ids)], ["import_id", "verdict"], ["__count"]
            )
        }
        for record in self:
            for verdict in ("imported", "unchanged", "refused", "waiting"):
                record[verdict] = counts.get((record.id, verdict), 0)

    def action_run(self):
        """Read the file and take every line that can be taken. Repeatable.

        :return: True
        :raise UserError: when the file as a whole cannot be read
        """
        for record in self:
            record.check_access("write")
            record._read()
            while lines := record.line_ids.filtered(lambda line: line.verdict == "waiting")[:BATCH]:
                record._take_lines(lines)
        return True

    def _read(self):
        self.ensure_one()
        raw = base64.b64decode(self.file)
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = raw.decode("latin-1")
        try:
            rows = READERS[self.format](text)
        except imports.Unusable as error:
            raise UserError(
                self.env._("%(file)s cannot be read: %(error)s.", file=self.name, error=str(error))
            ) from error
        self.line_ids.unlink()
        lines = []
        for row in rows:
            values = {**row._asdict(), "import_id": self.id}
            try:
                addresses = addressing.parse_range(row.address)
            except addressing.Unreadable as error:
                message = self.env._("It is no address: %s", error)
                lines.append({**values, "verdict": "refused", "message": message})
                continue
            lines += [{**values, "address": str(address)} for address, _length in addresses]
        self.env["isp.ip.import.line"].create(lines)

    def _take_lines(self, lines):
        """Give each line its verdict. One bad line does not stop the others."""
        pools = self.env["isp.ip.pool"].search(
            [("base_station_id", "=", self.base_station_id.id), ("kind", "=", "pool")]
        )
        contracts = self._found("isp.contract", ("name", "external_code"), lines.mapped("contract"))
        partners = self._found("res.partner", ("name", "ref"), lines.mapped("customer"))
        networks = [(pool, pool._network()) for pool in pools]
        for line in lines:
            try:
                with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                    line.write(self._take_line(line, networks, contracts, partners))
            except UserError as error:
                line.write({"verdict": "refused", "message": str(error)})
            except psycopg2.IntegrityError as error:
                message = self.env["isp.ip.reservation"]._sql_error_to_message(error)
                line.write({"verdict": "refused", "message": message})

    def _found(self, model, names, texts):
        """:return: ``{text in lower case: record}`` of the texts that mean exactly one record"""
        texts = {text for text in texts if text}
        found = {}
        for name in names:
            for record in self.env[model].search([(name, "in", list(texts))]):
                key = record[name].lower()
                found[key] = found.get(key, record) | record
        return {key: records for key, records in found.items() if len(records) == 1}

    def _take_line(self, line, networks, contracts, partners):
        """:return: values of the line: verdict, message, reservation
        :raise UserError: why it cannot be taken"""
        address = ipaddress.ip_address(line.address)
        pool = next((pool for pool, network in networks if address in network), None)
        if pool is None:
            raise UserError(
                self.env._(
                    "No pool of %s holds it. Make the pool first.", self.base_station_id.code
                )
            )
        status = (line.status or "").strip().lower()
        if status not in imports.STATUSES:
            raise UserError(self.env._("“%s” is no state of an address.", line.status))
        contract = contracts.get((line.contract or "").lower(), self.env["isp.contract"])
        partner = partners.get((line.customer or "").lower(), self.env["res.partner"])
        partner = contract.partner_id or partner
        state = imports.STATUSES[status] or ("in_use" if contract else "reserved")
        if state in ("free", "quarantine"):
            return {
                "verdict": "unchanged",
                "message": self.env._("Nobody has it: nothing to book."),
            }
        if line.contract and not contract and not partner:
            raise UserError(
                self.env._("No contract, or more than one, is called %s.", line.contract)
            )
        if contract and contract.state not in ("pending", "active", "suspended"):
            raise UserError(self.env._("%s is not in service.", contract.display_name))
        if line.customer and not partner:
            raise UserError(
                self.env._("No customer, or more than one, is called %s.", line.customer)
            )
        purpose = "customer" if partner else "infra"
        if purpose == "infra":
            state = "in_use"
        elif state == "in_use" and not contract:
            state = "reserved"  # in use needs a contract: a person completes it
        reservation = self.env["isp.ip.reservation"].sudo()
        unit = pool._unit_of(line.address)
        row = reservation.search([("pool_id", "=", pool.id), ("unit", "=", unit)])
        wanted = (contract, partner, purpose)
        if (
            row.state in ("reserved", "in_use")
            and (row.contract_id, row.partner_id, row.purpose) == wanted
        ):
            return {"verdict": "unchanged", "message": False, "reservation_id": row.id}
        row = reservation._take_unit(
            pool,
            unit,
            contract,
            partner,
            state=state,
            purpose=purpose,
            note=line.note,
            reason=self.env._("import of %s", self.name),
        )
        return {"verdict": "imported", "message": False, "reservation_id": row.id}

    def action_view_refused(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Refused lines"),
            "res_model": "isp.ip.import.line",
            "view_mode": "list",
            "domain": [("import_id", "=", self.id), ("verdict", "=", "refused")],
        }

    def action_download_refused(self):
        """The refused lines as a CSV with their reason, to correct and send again."""
        self.ensure_one()
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow(["address", "status", "contract", "customer", "note", "why"])
        for line in self.line_ids.filtered(lambda line: line.verdict == "refused"):
            writer.writerow(
                [line.address, line.status, line.contract, line.customer, line.note, line.message]
            )
        attachment = self.env["ir.attachment"].create(
            {
                "name": "refused.csv",
                "raw": out.getvalue().encode(),
                "mimetype": "text/csv",
                "res_model": self._name,
                "res_id": self.id,
            }
        )
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{attachment.id}?download=true",
            "target": "self",
        }
