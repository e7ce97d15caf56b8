from odoo import api, fields, models

from .isp_olt import OLT_DRIVERS

#: What a row may say; an empty value leaves it to the next row.
SETTINGS = (
    "line_profile",
    "service_profile",
    "onu_type",
    "tcont_profile",
    "upload_profile",
    "download_profile",
    "service_vlan",
)


class IspOltProfile(models.Model):
    """How a plan is called on OLTs: the profiles it uses there.

    A row may be of one OLT or of all of its kind, and of one plan or of all. For each setting the
    most particular row that has it decides: OLT and plan, plan, OLT, none of both.
    """

    _name = "isp.olt.profile"
    _description = "Plan on OLTs"
    _order = "olt_driver, olt_id, product_id, id"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    olt_driver = fields.Selection(
        OLT_DRIVERS,
        string="Configured Through",
        compute="_compute_olt_driver",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )
    olt_id = fields.Many2one(
        "isp.olt",
        string="Only This OLT",
        index="btree_not_null",
        ondelete="cascade",
        check_company=True,
    )
    product_id = fields.Many2one(
        "product.product",
        string="Only This Plan",
        index="btree_not_null",
        ondelete="cascade",
        domain=[("is_isp_plan", "=", True)],
        check_company=True,
    )
    line_profile = fields.Char(help="Huawei: number of the line profile.")
    service_profile = fields.Char(help="Huawei: number of the service profile.")
    onu_type = fields.Char(
        "ONU Type", help="ZTE: type of ONU; V-SOL: its profile; SmartOLT: its type."
    )
    tcont_profile = fields.Char("T-CONT Profile", help="ZTE and V-SOL.")
    upload_profile = fields.Char(
        help="Traffic profile as the OLT calls it: a number (Huawei) or a name. Empty: the OLT "
        "does not limit the speed."
    )
    download_profile = fields.Char(help="As for the upload.")
    service_vlan = fields.Integer("Customer VLAN", help="0: that of the PON port or the OLT.")

    _one_row = models.UniqueIndex(
        "(company_id, olt_driver, COALESCE(olt_id, 0), COALESCE(product_id, 0))",
        "There is already a row for this plan and OLT.",
    )
    _vlan_range = models.Constraint(
        "CHECK(service_vlan IS NULL OR service_vlan BETWEEN 0 AND 4094)",
        "A VLAN is a number from 1 to 4094.",
    )
    _names = models.Constraint(
        "CHECK(concat(line_profile, service_profile, onu_type, tcont_profile, upload_profile,"
        " download_profile) ~ '^[A-Za-z0-9_.:+/-]*$')",
        "The name of a profile is one word of letters, digits and . _ : + / -",
    )

    @api.depends("olt_id")
    def _compute_olt_driver(self):
        for row in self:
            row.olt_driver = row.olt_id.olt_driver or row.olt_driver

    @api.depends("olt_driver", "olt_id", "product_id")
    def _compute_display_name(self):
        labels = dict(self._fields["olt_driver"]._description_selection(self.env))
        for row in self:
            parts = (row.olt_id.name or labels.get(row.olt_driver), row.product_id.display_name)
            row.display_name = " / ".join(filter(None, parts))

    @api.model
    def _settings(self, olt, products):
        """What each plan uses on an OLT. Two queries, however many plans.

        :return: ``{product id: {setting: value}}``, empty values left out
        """
        rows = self.sudo().search(
            [
                ("company_id", "=", olt.company_id.id),
                ("olt_driver", "=", olt.olt_driver),
                ("olt_id", "in", [False, olt.id]),
                ("product_id", "in", [False, *products.ids]),
            ]
        )
        rows = rows.sorted(lambda row: (bool(row.product_id), bool(row.olt_id)))
        found = {}
        for product in products:
            values = {
                "line_profile": product.olt_line_profile,
                "service_profile": product.olt_service_profile,
            }
            for row in rows:
                if row.product_id in (product, self.env["product.product"]):
                    values |= {name: row[name] for name in SETTINGS if row[name]}
            found[product.id] = {name: value for name, value in values.items() if value}
        return found

    # === what changes here changes customers === #

    @api.model_create_multi
    def create(self, vals_list):
        rows = super().create(vals_list)
        rows._customers_changed()
        return rows

    def write(self, vals):
        self._customers_changed()
        result = super().write(vals)
        self._customers_changed()
        return result

    def unlink(self):
        self._customers_changed()
        return super().unlink()

    def _customers_changed(self):
        """Mark the customers of these rows; it is done after commit."""
        olts = self.env["isp.olt"].sudo()
        for row in self.sudo():
            olts |= row.olt_id or olts.search(
                [
                    ("company_id", "=", row.company_id.id),
                    ("olt_driver", "=", row.olt_driver),
                    ("provisioning_mode", "!=", "off"),
                ]
            )
        contracts = olts.filtered(lambda o: o.provisioning_mode != "off")._served_contracts()
        if all(row.product_id for row in self):
            contracts = contracts.filtered(lambda c: c.product_id in self.product_id)
        self.env["isp.provisioning.target"].sudo()._mark(contracts)
