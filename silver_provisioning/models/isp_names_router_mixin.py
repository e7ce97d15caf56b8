from odoo import fields, models


class IspNamesRouterMixin(models.AbstractModel):
    """What customers hang from and may say which of the routers of its base serves them: an OLT, a
    sector."""

    _name = "isp.names.router.mixin"
    _description = "Names the Router of Its Customers"

    #: From a contract to the record it hangs from.
    _path_from_contract = None

    nas_id = fields.Many2one(
        "isp.nas",
        string="Router",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        tracking=True,
        domain="[('vendor', '!=', 'uisp'), ('company_id', '=', company_id)]",
        help="Router that serves the customers connected here. Empty: the one of its base. A "
        "contract may have another one.",
    )

    def write(self, vals):
        if "nas_id" not in vals:
            return super().write(vals)
        contracts = (
            self.env["isp.contract"].sudo().search([(self._path_from_contract, "in", self.ids)])
        )
        with contracts._routers_follow():
            return super().write(vals)
