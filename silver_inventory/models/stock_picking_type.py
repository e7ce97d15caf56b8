"""Operations of our own: installing at a customer's and bringing back."""

from psycopg2 import errors

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError


class StockPickingType(models.Model):
    _inherit = "stock.picking.type"

    isp_operation = fields.Selection(
        [("install", "Install"), ("return", "Return")],
        string="Equipment operation",
        readonly=True,
        copy=False,
    )

    _isp_operation_uniq = models.UniqueIndex(
        "(warehouse_id, isp_operation) WHERE isp_operation IS NOT NULL",
        "The warehouse already has this operation.",
    )

    @api.model
    def _isp_type(self, operation, company):
        """:return: the operation type of the company's main warehouse.

        :param str operation: ``receive``, ``install``, ``return`` or ``internal``
        """
        warehouse = self.env["stock.location"]._isp_warehouse(company)
        if operation == "receive":
            return warehouse.in_type_id
        if operation == "internal":
            return warehouse.int_type_id
        types = self.sudo().with_context(active_test=False)
        domain = [("warehouse_id", "=", warehouse.id), ("isp_operation", "=", operation)]
        found = types.search(domain, limit=1)
        if found:
            return found
        try:
            with self.env.cr.savepoint():
                return types.create(self._isp_type_vals(operation, warehouse))
        except errors.UniqueViolation as error:
            raise ConcurrencyError("operation type created by someone else") from error

    @api.model
    def _isp_type_vals(self, operation, warehouse):
        customers = self.env.ref("stock.stock_location_customers")
        install = operation == "install"
        source, destination = warehouse.lot_stock_id, customers
        if not install:
            source, destination = destination, source
        env = self.env["stock.location"]._isp_env(warehouse.company_id)
        return {
            "name": env._("Install") if install else env._("Return of equipment"),
            "code": "outgoing" if install else "incoming",
            "sequence_code": "INST" if install else "DEV",
            "isp_operation": operation,
            "warehouse_id": warehouse.id,
            "company_id": warehouse.company_id.id,
            "default_location_src_id": source.id,
            "default_location_dest_id": destination.id,
            "use_create_lots": False,
            "use_existing_lots": True,
            "reservation_method": "manual",
        }
