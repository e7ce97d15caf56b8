import base64

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..rules import bank_file


class IspBankImport(models.Model):
    """A file of the bank: each deposit finds its contract, or waits in a queue that says why
    not."""

    _name = "isp.bank.import"
    _description = "Bank File"
    _inherit = ["isp.run.mixin", "mail.thread"]
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char("File Name", default="banco.csv", required=True)
    file = fields.Binary(required=True, attachment=True)
    journal_id = fields.Many2one(
        "account.journal",
        required=True,
        check_company=True,
        domain="[('type', '=', 'bank')]",
        default=lambda self: self.env.company.isp_transfer_journal_id,
    )
    state = fields.Selection(
        [("draft", "Draft"), ("done", "Imported")], default="draft", required=True, readonly=True
    )
    line_ids = fields.One2many("isp.bank.import.line", "import_id", string="Deposits")
    line_count = fields.Integer("Deposits in the File", compute="_compute_counts")
    matched_count = fields.Integer("Registered", compute="_compute_counts")
    waiting_count = fields.Integer("Waiting", compute="_compute_counts")
    repeated_count = fields.Integer("Already Known", readonly=True)

    @api.depends("line_ids.state")
    def _compute_counts(self):
        rows = self.env["isp.bank.import.line"]._read_group(
            [("import_id", "in", self.ids)], ["import_id", "state"], ["__count"]
        )
        for item in self:
            counts = {state: count for owner, state, count in rows if owner == item}
            item.line_count = sum(counts.values())
            item.matched_count = counts.get("registered", 0)
            item.waiting_count = counts.get("waiting", 0)

    def action_import(self):
        """Read the file and register what can be matched. The same file again does nothing.

        :return: True
        :raise UserError: when the file cannot be read; then nothing of it enters
        """
        self.check_access("write")
        for item in self:
            item._read_file()
            item._in_chunks(item._take, lambda lines: lines._match_and_register())
            item.state = "done"
        return True

    def _take(self):
        return self.line_ids.filtered(lambda line: line.state == "new")[:100]

    def _read_file(self):
        try:
            entries = bank_file.parse(base64.b64decode(self.file or b""))
        except bank_file.BankFileError as error:
            raise UserError(self._file_error(*error.args)) from error
        before = len(self.line_ids)
        self.env.flush_all()
        if entries:
            self.env.cr.execute_values(
                """
                INSERT INTO isp_bank_import_line (import_id, company_id, journal_id, number, date,
                       amount, text, reference, key, state, create_date)
                VALUES %s ON CONFLICT DO NOTHING
                """,
                [
                    (
                        self.id,
                        self.company_id.id,
                        self.journal_id.id,
                        entry.number,
                        entry.day,
                        entry.amount,
                        entry.text,
                        entry.reference or None,
                        entry.key,
                        "new",
                        fields.Datetime.now(),
                    )
                    for entry in entries
                ],
                page_size=1000,
            )
        self.invalidate_recordset(["line_ids"])
        self.repeated_count = len(entries) - (len(self.line_ids) - before)

    def _file_error(self, code, value="", number=""):
        messages = {
            "empty": self.env._("The file is empty."),
            "encoding": self.env._("The file is not text. Export it from the bank as CSV."),
            "columns": self.env._(
                "The first line of the file has to name its columns; missing: %(names)s. For "
                "example: "
                "fecha;importe;concepto;referencia",
                names=value,
            ),
            "date": self.env._(
                "Line %(number)s: “%(value)s” is not a date.", number=number, value=value
            ),
            "amount": self.env._(
                "Line %(number)s: “%(value)s” is not an amount.", number=number, value=value
            ),
        }
        return messages[code]
