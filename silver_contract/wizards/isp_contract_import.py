import base64
from contextlib import contextmanager

from psycopg2 import IntegrityError

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from .. import import_file
from ..models.transitions import REASONS

TEMPLATE = (
    "codigo externo;cliente;documento;telefono;direccion;latitud;longitud;plan;etiqueta;"
    "precio propio;dia de facturacion;permanencia;splitter;puerto;onu;estado;fecha de activacion;"
    "motivo\n"
)


class _DryRun(Exception):
    """Ends the savepoint of a rehearsal."""


class IspContractImport(models.TransientModel):
    _name = "isp.contract.import"
    _description = "Import Contracts"

    file = fields.Binary("CSV or XLSX File", attachment=False)
    filename = fields.Char()
    template = fields.Binary("Empty File", compute="_compute_template")
    template_name = fields.Char(compute="_compute_template")
    line_ids = fields.One2many("isp.contract.import.line", "import_id", readonly=True)
    state = fields.Selection(
        [("new", "New"), ("tested", "Tested"), ("done", "Imported")], default="new", readonly=True
    )
    good_count = fields.Integer("Rows Without Error", compute="_compute_counts")
    bad_count = fields.Integer("Rows With Error", compute="_compute_counts")

    @api.depends("filename")
    def _compute_display_name(self):
        for wizard in self:
            wizard.display_name = wizard.filename or self.env._("Import Contracts")

    def _compute_template(self):
        for wizard in self:
            wizard.template = base64.b64encode(TEMPLATE.encode())
            wizard.template_name = "contratos.csv"

    @api.depends("line_ids.error")
    def _compute_counts(self):
        for wizard in self:
            bad = len(wizard.line_ids.filtered("error"))
            wizard.bad_count = bad
            wizard.good_count = len(wizard.line_ids) - bad

    def action_test(self):
        """Do everything as if, say what would happen to each row, and leave nothing behind."""
        return self._run(dry=True)

    def action_import(self):
        """Import the rows that are right; the others stay on the screen with their error."""
        return self._run(dry=False)

    def _run(self, dry):
        self.ensure_one()
        self.env["isp.contract"].check_access("create")
        rows = self._read()
        results = []
        try:
            with self.env.cr.savepoint():
                for line, values in rows:
                    results.append(self._import_row(line, values))
                if dry:
                    raise _DryRun
        except _DryRun:
            self.env.invalidate_all()
        self.line_ids.unlink()
        if dry:
            for result in results:
                result["contract_id"] = False
        self.env["isp.contract.import.line"].create(
            [{"import_id": self.id, **result} for result in results]
        )
        self.state = "tested" if dry else "done"
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "current",
        }

    def _read(self):
        if not self.file:
            raise UserError(self.env._("Choose a CSV or XLSX file."))
        try:
            return import_file.read_rows(base64.b64decode(self.file), self.filename or "")
        except import_file.FileError as error:
            messages = {
                "empty": self.env._("The file has no rows under its header."),
                "encoding": self.env._("The file is not text in UTF-8 or Windows-1252."),
                "not_xlsx": self.env._("The file is not an XLSX workbook."),
                "unknown_header": self.env._("There is no column named “%s”.", error.detail),
                "repeated_header": self.env._("The column “%s” is there twice.", error.detail),
                "missing_header": self.env._("The column “%s” is missing.", error.detail),
            }
            raise UserError(messages[error.code]) from error

    # === one row === #

    @contextmanager
    def _set_aside(self, result):
        """A row that fails leaves nothing and carries its error; the rest goes on."""
        try:
            with self.env.cr.savepoint():
                yield
                self.env.flush_all()
        except (UserError, ValidationError) as error:
            result.update(error=str(error), contract_id=False)
        except IntegrityError as error:
            message = self.env["isp.contract"]._sql_error_to_message(error)
            result.update(error=message, contract_id=False)

    def _import_row(self, line, values):
        result = {
            "line": line,
            "customer": values.get("customer") or values.get("customer_code"),
            "plan": values.get("plan"),
            "error": False,
        }
        with self._set_aside(result):
            contract, message = self._create_contract(values)
            result.update(contract_id=contract.id, message=message)
        return result

    def _create_contract(self, values):
        Contract = self.env["isp.contract"].with_context(isp_event_source="import")
        if values.get("external_code"):
            known = Contract.search(
                [
                    ("external_code", "=", values["external_code"]),
                    ("company_id", "=", self.env.company.id),
                ],
                limit=1,
            )
            if known:
                return known, self.env._("Already imported as %s.", known.name)
        target = self._choice(values, "state", import_file.STATES)
        contract = Contract.create(self._contract_vals(values))
        activation = self._date(values, "activation_date")
        if target == "pending":
            contract.action_reserve()
        elif target in ("active", "suspended"):
            contract.action_activate(date=activation)
        if target == "suspended":
            reasons = {
                **{import_file.plain(code): code for code, _label in REASONS},
                **{
                    import_file.plain(label): code
                    for code, label in contract._fields["state_reason"]._description_selection(
                        self.env
                    )
                },
                "": "other",
            }
            contract.action_suspend(reason=self._choice(values, "reason", reasons))
        return contract, self.env._("%(name)s, %(state)s", name=contract.name, state=target)

    def _contract_vals(self, values):
        partner = self._partner(values)
        price = self._number(values, "custom_price")
        vals = {
            "partner_id": partner.id,
            "product_id": self._plan(values).id,
            "display_label": values.get("label") or False,
            "external_code": values.get("external_code") or False,
            "has_custom_price": price is not None,
            "custom_price": price or 0.0,
            "term_months": int(self._number(values, "term_months") or 0),
        }
        billing_day = self._number(values, "billing_day")
        if billing_day is not None:
            vals["billing_day"] = int(billing_day)
        for name in ("latitude", "longitude"):
            position = self._number(values, name)
            if position is not None:
                vals[name] = position
        if values.get("splitter"):
            splitter = self._find("isp.splitter", "code", values["splitter"])
            vals["splitter_id"] = splitter.id
            if values.get("port"):
                number = self._number(values, "port")
                port = splitter.port_ids.filtered(lambda row: row.number == number)
                if not port:
                    raise UserError(
                        self.env._(
                            "The splitter %(splitter)s has no port %(port)s.",
                            splitter=splitter.code,
                            port=values["port"],
                        )
                    )
                vals["splitter_port_id"] = port.id
        if values.get("onu"):
            items = self.env["isp.inventory.item"]._find_by_scan(values["onu"])
            if len(items.onu_ids) != 1:
                raise UserError(
                    self.env._("There is no ONU %s, or there are several.", values["onu"])
                )
            vals["onu_id"] = items.onu_ids.id
        return vals

    def _partner(self, values):
        """:return: the customer of the row: by code, by document, else a new one"""
        partners = self.env["res.partner"]
        if values.get("customer_code"):
            found = partners.search([("customer_code", "=", values["customer_code"])], limit=1)
            if found:
                return found
        if values.get("vat"):
            found = partners.search(
                [("vat", "=", values["vat"]), ("parent_id", "=", False)], limit=1
            )
            if found:
                return found
        if not values.get("customer"):
            raise UserError(
                self.env._(
                    "There is no customer with code %s. Write the name to create one.",
                    values.get("customer_code") or "?",
                )
            )
        kinds = {
            **{code: code for code, _l in partners._fields["customer_type"].selection},
            "": False,
        }
        return partners.create(
            {
                "name": values["customer"],
                "customer_code": values.get("customer_code") or False,
                "vat": values.get("vat") or False,
                "phone": values.get("phone") or False,
                "email": values.get("email") or False,
                "street": values.get("street") or False,
                "city": values.get("city") or False,
                "customer_type": self._choice(values, "customer_type", kinds),
                "partner_latitude": self._number(values, "latitude") or 0.0,
                "partner_longitude": self._number(values, "longitude") or 0.0,
            }
        )

    def _plan(self, values):
        if not values.get("plan"):
            raise UserError(self.env._("The plan is missing."))
        return self._find(
            "product.product", "plan_code", values["plan"], [("is_isp_plan", "=", True)]
        )

    def _find(self, model, field, value, domain=()):
        found = self.env[model].search([(field, "=ilike", value), *domain], limit=2)
        if len(found) != 1:
            raise UserError(
                self.env._(
                    "%(what)s “%(value)s”: there is none, or there are several.",
                    what=self.env[model]._description,
                    value=value,
                )
            )
        return found

    def _choice(self, values, name, choices):
        key = import_file.plain(values.get(name))
        if key not in choices:
            raise UserError(
                self.env._(
                    "“%(value)s” is not a value for %(column)s. Use one of: %(choices)s.",
                    value=values[name],
                    column=name,
                    choices=", ".join(sorted(filter(None, choices))),
                )
            )
        return choices[key]

    def _number(self, values, name):
        try:
            return import_file.number(values.get(name))
        except ValueError as error:
            raise UserError(
                self.env._(
                    "%(column)s: “%(value)s” is not a number.", column=name, value=values[name]
                )
            ) from error

    def _date(self, values, name):
        try:
            return import_file.day(values.get(name))
        except ValueError as error:
            raise UserError(
                self.env._(
                    "%(column)s: “%(value)s” is not a date. Write 2026-12-31 or 31/12/2026.",
                    column=name,
                    value=values[name],
                )
            ) from error


class IspContractImportLine(models.TransientModel):
    _name = "isp.contract.import.line"
    _description = "Imported Contract Row"
    _order = "line"

    import_id = fields.Many2one(
        "isp.contract.import", required=True, index=True, ondelete="cascade"
    )
    line = fields.Integer("Row")
    customer = fields.Char()
    plan = fields.Char()
    contract_id = fields.Many2one("isp.contract", ondelete="cascade")
    message = fields.Char("Result")
    error = fields.Text()
