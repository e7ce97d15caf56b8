import re

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .isp_provisioning_adapter_coa import SPEED_VENDORS

#: Customers that are given a new speed in a minute: a router is not to be flooded.
SPEED_PER_MINUTE = 500


class ProductProduct(models.Model):
    _inherit = "product.product"

    old_speed_count = fields.Integer(
        "Online with the Earlier Speed", compute="_compute_old_speed_count"
    )

    def _compute_old_speed_count(self):
        found = self._online_with_old_speed()
        for plan in self:
            plan.old_speed_count = sum(1 for row in found if row[0] == plan.id)

    def _radius_group_name(self):
        """:return: the RADIUS group of a plan: its own, or one made from its code"""
        self.ensure_one()
        if self.radius_group:
            return self.radius_group
        code = re.sub(r"[^a-z0-9_-]+", "_", (self.plan_code or str(self.id)).lower())
        return f"plan_{code}"

    @api.model
    def _online_with_old_speed(self, plan_ids=None):
        """Customers of plans whose speed was changed, online since before it.

        :return: list of ``(plan id, radius user id, newest accounting row, whether its router can
            change the speed of a running session)``
        """
        plan_ids = plan_ids or self.ids
        if not plan_ids:
            return []
        self.env.flush_all()
        return self.env.execute_query(
            SQL(
                """
                SELECT contract.product_id, line.id, max(session.radacct_id),
                       bool_and(coalesce(nas.vendor, '') = ANY(%(vendors)s))
                FROM product_product plan
                JOIN product_template template ON template.id = plan.product_tmpl_id
                JOIN isp_contract contract ON contract.product_id = plan.id
                    AND contract.state = 'active'
                JOIN isp_radius_user line ON line.contract_id = contract.id
                JOIN isp_radius_session session ON session.radius_user_id = line.id
                    AND session.started < template.speed_changed_at
                    AND (session.radacct_id > coalesce(line.rate_mark, 0)
                         OR line.rate_at < template.speed_changed_at)
                LEFT JOIN isp_nas nas ON nas.id = session.nas_id
                WHERE plan.id = ANY(%(plans)s) AND contract.company_id = ANY(%(companies)s)
                GROUP BY contract.product_id, line.id ORDER BY line.id
                """,
                vendors=list(SPEED_VENDORS),
                plans=list(plan_ids),
                companies=self.env.companies.ids,
            )
        )

    def action_push_speed(self, include_cut=False, per_minute=SPEED_PER_MINUTE):
        """Give the speed of these plans to who is online with an earlier one, after commit.

        Routers that can change a running session do so; with ``include_cut`` the sessions on the
        others are ended (the customers dial in again).

        :param bool include_cut: also those whose session has to be ended
        :param int per_minute: at most so many customers in a minute
        :return: number of customers who will get it
        :raise AccessError: for who may not work on the network
        """
        self.env["isp.provisioning.target"].check_access("write")
        if per_minute < 1:
            raise UserError(self.env._("Give at least one customer a minute the new speed."))
        found = [row for row in self._online_with_old_speed() if row[3] or include_cut]
        if not found:
            return 0
        users = self.env["isp.radius.user"].sudo().browse([row[1] for row in found])
        users._set_rate_marks([(user_id, mark) for _plan, user_id, mark, _can in found])
        self.env["isp.provisioning.target"]._requeue(
            users.contract_id, "coa", per_minute=per_minute
        )
        self.env["isp.provisioning.target"]._wake()
        return len(found)

    def action_open_speed_push(self):
        """Ask when those who are online get the new speed."""
        return self.env["isp.speed.push"]._open(self)

    def action_keep_speed(self):
        """Who is online gets the new speed at the next login."""
        self.env["isp.provisioning.target"].check_access("write")
        self.sudo().product_tmpl_id.write({"speed_changed_at": False})
        return True
