from odoo import api, models

from odoo.addons.silver_base.models.silver_audit import DbObject, Invariant
from odoo.addons.silver_base.tools.sqlguard import trigger_names


class SilverAudit(models.AbstractModel):
    _inherit = "silver.audit"

    @api.model
    def _invariants(self):
        return super()._invariants() + [
            Invariant(
                "plan_price_overlap",
                """
                SELECT a.id, b.id FROM isp_plan_price a
                  JOIN isp_plan_price b ON a.id < b.id AND a.product_id = b.product_id
                   AND a.company_id = b.company_id AND a.currency_id = b.currency_id
                 WHERE a.active AND b.active
                   AND daterange(a.effective_from, a.effective_to, '[]')
                    && daterange(b.effective_from, b.effective_to, '[]')
                """,
                "A plan has one price on any day, per company and currency",
            ),
            Invariant(
                "plan_price_of_no_plan",
                """
                SELECT price.id FROM isp_plan_price price
                  JOIN product_product product ON product.id = price.product_id
                  JOIN product_template template ON template.id = product.product_tmpl_id
                 WHERE template.is_isp_plan IS NOT TRUE
                    OR template.company_id <> price.company_id
                """,
                "A price belongs to a plan, and to the company of the plan",
            ),
        ]

    @api.model
    def _expected_objects(self):
        row, statement = trigger_names("isp_plan_price")
        return super()._expected_objects() + [
            DbObject("constraint", "isp_plan_price", "isp_plan_price_no_overlap"),
            DbObject("constraint", "isp_plan_price", "isp_plan_price_amount_not_negative"),
            DbObject("constraint", "isp_plan_price", "isp_plan_price_dates_in_order"),
            DbObject("trigger", "isp_plan_price", row),
            DbObject("trigger", "isp_plan_price", statement),
            DbObject("trigger", "isp_plan_price", "isp_plan_price_no_reopen"),
            DbObject("index", "product_template", "product_template_plan_code_uniq"),
            DbObject("constraint", "product_template", "product_template_plan_speeds"),
            DbObject("constraint", "product_template", "product_template_plan_complete"),
            DbObject("constraint", "product_template", "product_template_plan_is_service"),
        ]
