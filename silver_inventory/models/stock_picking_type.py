"""Operations of our own: installing at a customer's and bringing back."""

from psycopg2 import errors

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError


class StockPickingType(models.Model):
    _inherit = "stock.picking.type"

    isp_operation = fields.Selection(
        [("install", "Install"), ("return", "Return"), ("rma", "Send to the supplier")],
        string="Equipment operation",
        readonly=True,
        copy=False,
    )

    _isp_operation_uniq = models.UniqueIndex(
        "(warehouse_id, isp_operation) WHERE isp_operation IS NOT NULL",
        "The warehouse already has this operation.",
    )

    @api.model
    def _isp_type(self, operation, company, place=None):
        """:return: the operation type of the warehouse that ``place`` belongs to

        :param str operation: ``receive``, ``install``, ``return``, ``internal`` or ``rma``
        :param place: ``stock.location`` of ours; outside any warehouse, the main one's
        """
        warehouse = place.sudo().warehouse_id if place else None
        if not warehouse or warehouse.company_id != company:
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
        env = self.env["stock.location"]._isp_env(warehouse.company_id)
        name, prefix = {
            "install": (env._("Install"), "INST"),
            "return": (env._("Return of equipment"), "DEV"),
            "rma": (env._("Send to the supplier"), "GAR"),
        }[operation]
        source, destination = warehouse.lot_stock_id, customers
        if operation == "return":
            source, destination = destination, source
        elif operation == "rma":
            destination = self.env["stock.location"]._isp_role_location("rma", warehouse.company_id)
        return {
            "name": name,
            "code": "incoming" if operation == "return" else "outgoing",
            "sequence_code": prefix,
            "isp_operation": operation,
            "warehouse_id": warehouse.id,
            "company_id": warehouse.company_id.id,
            "default_location_src_id": source.id,
            "default_location_dest_id": destination.id,
            "use_create_lots": False,
            "use_existing_lots": True,
            "reservation_method": "manual",
        }
