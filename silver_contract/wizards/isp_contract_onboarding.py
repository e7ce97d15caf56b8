from odoo import api, fields, models
from odoo.exceptions import UserError

STEPS = ["customer", "plan", "feasibility", "equipment", "summary"]


class IspContractOnboarding(models.TransientModel):
    """Sign a customer up in one sequence of screens. Nothing is written before the last one."""

    _name = "isp.contract.onboarding"
    _description = "New Service"

    step = fields.Selection(
        [
            ("customer", "Customer"),
            ("plan", "Plan"),
            ("feasibility", "Feasibility"),
            ("equipment", "Equipment"),
            ("summary", "Summary"),
        ],
        required=True,
        default="customer",
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    # customer
    partner_id = fields.Many2one("res.partner", string="Existing Customer")
    name = fields.Char(compute="_compute_customer", store=True, readonly=False)
    vat = fields.Char("Tax ID", compute="_compute_customer", store=True, readonly=False)
    phone = fields.Char(compute="_compute_customer", store=True, readonly=False)
    email = fields.Char(compute="_compute_customer", store=True, readonly=False)
    customer_type = fields.Selection(
        lambda self: self.env["res.partner"]._fields["customer_type"].selection,
        compute="_compute_customer",
        store=True,
        readonly=False,
    )
    other_address = fields.Boolean("The service goes to another address of the customer")
    street = fields.Char(compute="_compute_address", store=True, readonly=False)
    city = fields.Char(compute="_compute_address", store=True, readonly=False)
    latitude = fields.Float(
        digits=(10, 7), compute="_compute_coordinates", store=True, readonly=False
    )
    longitude = fields.Float(
        digits=(10, 7), compute="_compute_coordinates", store=True, readonly=False
    )
    # plan
    product_id = fields.Many2one(
        "product.product", string="Plan", domain="[('is_isp_plan', '=', True)]"
    )
    service_category = fields.Selection(related="product_id.service_category")
    plan_technology = fields.Selection(
        related="product_id.access_technology", string="Technology of the Plan"
    )
    access_technology = fields.Selection(
        [("pppoe", "PPPoE"), ("dhcp", "DHCP"), ("fiber", "Fiber"), ("wireless", "Wireless")],
        compute="_compute_access_technology",
        store=True,
        readonly=False,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    plan_price = fields.Monetary(compute="_compute_plan_price")
    promotion_id = fields.Many2one(
        "isp.promotion", domain="[('product_ids', 'in', product_id), ('is_open', '=', True)]"
    )
    has_custom_price = fields.Boolean("Own price")
    custom_price = fields.Monetary()
    billing_day = fields.Integer(default=1)
    term_months = fields.Integer("Term (Months)")
    display_label = fields.Char("Label")
    # feasibility
    needs_place = fields.Boolean(compute="_compute_needs_place")
    feasibility_id = fields.Many2one("isp.feasibility", readonly=True)
    feasible = fields.Boolean(related="feasibility_id.feasible")
    reason = fields.Char(related="feasibility_id.reason")
    drop_m = fields.Float(related="feasibility_id.drop_m")
    budget_margin_db = fields.Float(related="feasibility_id.budget_margin_db")
    splitter_id = fields.Many2one("isp.splitter")
    splitter_port_id = fields.Many2one(
        "isp.splitter.port",
        domain="[('splitter_id', '=?', splitter_id), ('lendable', '=', True)]",
    )
    sector_slot_id = fields.Many2one(
        "isp.sector.slot", string="Sector Place", domain="[('lendable', '=', True)]"
    )
    # equipment
    onu_id = fields.Many2one(
        "isp.onu",
        string="ONU",
        domain="[('status', '=', 'available'), ('company_id', '=', company_id)]",
    )
    cpe_ids = fields.Many2many(
        "isp.cpe",
        string="CPE",
        domain="[('status', '=', 'available'), ('company_id', '=', company_id)]",
    )
    finish = fields.Selection(
        [
            ("reserve", "Reserve the port; activate it when it is installed"),
            ("activate", "It is installed: activate it now"),
        ],
        string="Then",
        required=True,
        default="reserve",
    )

    # apart, because writing one field of a compute stops it for all its fields
    @api.depends("partner_id")
    def _compute_customer(self):
        self._copy_from_partner("name", "vat", "phone", "email", "customer_type")

    @api.depends("partner_id")
    def _compute_address(self):
        self._copy_from_partner("street", "city")

    @api.depends("partner_id")
    def _compute_coordinates(self):
        for wizard in self:
            partner = wizard.partner_id
            wizard.latitude = partner.partner_latitude if partner else wizard.latitude
            wizard.longitude = partner.partner_longitude if partner else wizard.longitude

    def _copy_from_partner(self, *names):
        for wizard in self:
            partner = wizard.partner_id
            for name in names:
                wizard[name] = partner[name] if partner else wizard[name]

    @api.depends("product_id")
    def _compute_access_technology(self):
        for wizard in self:
            technology = wizard.product_id.access_technology
            internet = wizard.product_id.service_category == "internet"
            if technology and technology != "any":
                wizard.access_technology = technology
            else:
                wizard.access_technology = "fiber" if internet else False

    @api.depends("product_id", "access_technology")
    def _compute_needs_place(self):
        for wizard in self:
            wizard.needs_place = wizard.service_category == "internet" and (
                wizard.access_technology in ("fiber", "wireless")
            )

    @api.depends("product_id")
    def _compute_plan_price(self):
        today = self.env["isp.contract"]._today()
        for wizard in self:
            plan = wizard.product_id._origin
            prices = plan._isp_prices_on(today, wizard.company_id, wizard.currency_id)
            wizard.plan_price = prices[plan.id].amount if plan.id in prices else 0.0

    # === steps === #

    def action_next(self):
        """Go to the next screen, once this one is complete."""
        self.ensure_one()
        getattr(self, f"_check_{self.step}")()
        if self.step == "plan" and self.needs_place and not self.feasibility_id:
            self._look_around()
        return self._go(1)

    def action_back(self):
        """Go back one screen; what was written stays."""
        self.ensure_one()
        return self._go(-1)

    def action_check_feasibility(self):
        """Ask again whether the address can be connected."""
        self.ensure_one()
        self._look_around()
        return self._go(0)

    def _go(self, move):
        steps = [step for step in STEPS if step != "feasibility" or self.needs_place]
        position = max(0, min(len(steps) - 1, steps.index(self.step) + move))
        self.step = steps[position]
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("New service"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def _look_around(self):
        """Keep what the plant answers for the coordinates, if there are any."""
        if not self.latitude and not self.longitude:
            return
        answer = self.env["isp.feasibility"].check(
            latitude=self.latitude,
            longitude=self.longitude,
            technology=self.access_technology or None,
            partner_id=self.partner_id.id,
        )
        port = answer.splitter_port_id
        self.write(
            {
                "feasibility_id": answer.id,
                "splitter_id": port.splitter_id.id,
                "splitter_port_id": port.id,
                "sector_slot_id": False if port else answer.sector_id._free_slots()[:1].id,
            }
        )

    def _check_customer(self):
        if not (self.name or "").strip():
            raise UserError(self.env._("Choose a customer or write the name of a new one."))

    def _check_plan(self):
        if not self.product_id:
            raise UserError(self.env._("Choose the plan."))
        if not 1 <= self.billing_day <= 31:
            raise UserError(self.env._("The billing day goes from 1 to 31."))
        if not self.has_custom_price and not self.plan_price:
            raise UserError(
                self.env._(
                    "The plan %s has no price today. Add it to its price history or write an own "
                    "price.",
                    self.product_id.display_name,
                )
            )

    def _check_feasibility(self):
        if self.needs_place and not (
            self.splitter_port_id or self.splitter_id or self.sector_slot_id
        ):
            raise UserError(
                self.env._(
                    "There is no port for this service. Choose one, or correct the coordinates and "
                    "check again."
                )
            )

    def _check_equipment(self):
        if (
            self.finish == "activate"
            and self.needs_place
            and self.access_technology == "fiber"
            and not self.onu_id
        ):
            raise UserError(
                self.env._("Choose the ONU that was installed, or only reserve the port.")
            )

    def _check_summary(self):
        """Nothing is asked on the last screen."""

    # === finish === #

    def action_finish(self):
        """Create customer and contract, reserve, and activate when it is installed: all or
        nothing.
        """
        self.ensure_one()
        for step in STEPS:
            getattr(self, f"_check_{step}")()
        partner = self.partner_id or self.env["res.partner"].create(self._partner_vals())
        address = partner
        if self.partner_id and self.other_address:
            address = self.env["res.partner"].create(
                {
                    "parent_id": partner.id,
                    "type": "other",
                    "name": self.display_label or self.street,
                    **self._place_vals(),
                }
            )
        contract = self.env["isp.contract"].create(
            {
                "partner_id": partner.id,
                "service_partner_id": address.id,
                "company_id": self.company_id.id,
                "product_id": self.product_id.id,
                "access_technology": self.access_technology,
                "latitude": self.latitude,
                "longitude": self.longitude,
                "promotion_id": self.promotion_id.id,
                "has_custom_price": self.has_custom_price,
                "custom_price": self.custom_price,
                "billing_day": self.billing_day,
                "term_months": self.term_months,
                "display_label": self.display_label,
                "splitter_id": self.splitter_id.id if self.needs_place else False,
                "splitter_port_id": self.splitter_port_id.id if self.needs_place else False,
                "sector_slot_id": self.sector_slot_id.id if self.needs_place else False,
                "onu_id": self.onu_id.id,
                "cpe_ids": [fields.Command.set(self.cpe_ids.ids)],
            }
        )
        if self.finish == "activate":
            contract.action_activate()
        else:
            contract.action_reserve()
        return {
            "type": "ir.actions.act_window",
            "res_model": "isp.contract",
            "res_id": contract.id,
            "view_mode": "form",
            "target": "current",
        }

    def _partner_vals(self):
        return {
            "name": self.name,
            "vat": self.vat,
            "phone": self.phone,
            "email": self.email,
            "customer_type": self.customer_type,
            **self._place_vals(),
        }

    def _place_vals(self):
        return {
            "street": self.street,
            "city": self.city,
            "partner_latitude": self.latitude,
            "partner_longitude": self.longitude,
        }
