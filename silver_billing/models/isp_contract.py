"""What a contract owes, and under which policy."""

from datetime import UTC, datetime, time

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.silver_base.tools.sqlrows import array

from ..rules import dunning
from ..rules.proration import dec
from .debt import Debt, debt_day, debt_query, debt_search


class IspContract(models.Model):
    _inherit = "isp.contract"

    isp_policy_id = fields.Many2one(
        "isp.suspension.policy",
        string="Collection Policy",
        ondelete="restrict",
        check_company=True,
        tracking=True,
        help="Empty: that of the customer, else of the plan, else the company's.",
    )
    billing_start_date = fields.Date(
        "Calendar Starts On",
        copy=False,
        tracking=True,
        help="First day that is charged, when it is not the day of activation: after a migration, "
        "or "
        "a change to a plan with other periods.",
    )
    free_months = fields.Integer(
        "Free Periods", tracking=True, help="Whole periods at the beginning that are not charged."
    )
    installation_fee = fields.Monetary(
        tracking=True, help="Charged once, on the day of activation."
    )
    isp_charge_ids = fields.One2many("isp.charge", "contract_id", string="Charges")
    isp_charge_count = fields.Integer("Number of Charges", compute="_compute_isp_charge_count")
    isp_promise_ids = fields.One2many("isp.payment.promise", "contract_id", string="Promises")
    last_allocation_at = fields.Datetime("Last Payment Applied", copy=False, readonly=True)
    isp_debt = fields.Monetary("Debt", compute="_compute_isp_debt", search="_search_isp_debt")
    isp_overdue = fields.Monetary(
        "Overdue", compute="_compute_isp_debt", search="_search_isp_overdue"
    )
    isp_overdue_since = fields.Date(
        "Overdue Since", compute="_compute_isp_debt", search="_search_isp_overdue_since"
    )

    isp_days_cut = fields.Integer(
        "Days Cut",
        compute="_compute_isp_days_cut",
        search="_search_isp_days_cut",
        help="Since it was cut for non-payment.",
    )

    _free_months_not_negative = models.Constraint(
        "CHECK(COALESCE(free_months, 0) >= 0 AND COALESCE(installation_fee, 0) >= 0)",
        "Free periods and the installation fee are not negative.",
    )

    # === debt === #

    @api.model
    def _isp_debts_by(self, group, ids=None, day=None):
        """Debt of contracts or customers in one query.

        :param str group: contract_id or partner_id
        :param ids: of those records; None for all
        :param day: a charge is overdue when its due date is before it; by default the date in the
            context under ``isp_date``, else today
        :return: dict id -> Debt, of those that owe something
        """
        asked, historic = debt_day(self)
        self.env["isp.charge"].flush_model()
        self.env["isp.contract"].flush_model(["partner_id"])
        where = []
        if group == "partner_id" or ids is None:
            # customers may be shared by companies; contracts belong to one
            where.append(SQL("charge.company_id = ANY(%s)", self.env.companies.ids))
        if ids is not None:
            where.append(SQL("charge.%s = ANY(%s)", SQL.identifier(group), list(ids)))
        query = debt_query(group, day or asked, SQL(" AND ").join(where), historic and not day)
        return {
            row[0]: Debt(float(row[1]), float(row[2]), row[3], row[4])
            for row in self.env.execute_query(query)
        }

    @api.depends_context("isp_date", "tz", "allowed_company_ids")
    def _compute_isp_debt(self):
        debts = self._isp_debts_by("contract_id", self.ids)
        for contract in self:
            debt = debts.get(contract.id, Debt())
            contract.isp_debt = debt.owed
            contract.isp_overdue = debt.overdue
            contract.isp_overdue_since = debt.oldest_due

    def _search_isp_debt(self, operator, value):
        return debt_search(self, "contract_id", "owed", operator, value)

    def _search_isp_overdue(self, operator, value):
        return debt_search(self, "contract_id", "overdue", operator, value)

    def _search_isp_overdue_since(self, operator, value):
        return debt_search(self, "contract_id", "oldest_due", operator, value)

    @api.depends("state", "state_reason", "state_date")
    @api.depends_context("company")
    def _compute_isp_days_cut(self):
        today = self._today()
        for contract in self:
            cut = contract.state == "suspended" and contract.state_reason == "non_payment"
            contract.isp_days_cut = (
                (today - self._local_day(contract.state_date)).days
                if cut and contract.state_date
                else 0
            )

    def _search_isp_days_cut(self, operator, value):
        if operator not in (">", ">=") or not isinstance(value, (int, float)) or value < 0:
            return NotImplemented
        last = fields.Date.subtract(self._today(), days=int(value) + (operator == ">"))
        # up to the last moment of that day where the company is
        midnight = self._timezone().localize(datetime.combine(last, time.max))
        return [
            ("state", "=", "suspended"),
            ("state_reason", "=", "non_payment"),
            ("state_date", "<=", midnight.astimezone(UTC).replace(tzinfo=None)),
        ]

    def _compute_isp_charge_count(self):
        counts = dict(
            self.env["isp.charge"]._read_group(
                [("contract_id", "in", self.ids)], ["contract_id"], ["__count"]
            )
        )
        for contract in self:
            contract.isp_charge_count = counts.get(contract, 0)

    # === policy === #

    def _isp_policies(self, day):
        """:return: dict contract id -> the isp.suspension.policy version that holds on ``day``"""
        for model in ("isp.contract", "res.partner", "product.template"):
            self.env[model].flush_model(["isp_policy_id"])
        self.flush_model(["company_id", "partner_id", "product_id"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT contract.id, contract.company_id, contract.isp_policy_id,
                       partner.isp_policy_id, template.isp_policy_id
                  FROM isp_contract contract
                  JOIN res_partner partner ON partner.id = contract.partner_id
                  JOIN product_product plan ON plan.id = contract.product_id
                  JOIN product_template template ON template.id = plan.product_tmpl_id
                 WHERE contract.id = ANY(%s::int[])
                """,
                array(self.ids),
            )
        )
        deciding = self.env["isp.suspension.policy"]._deciding({row[1:] for row in rows}, day)
        return {row[0]: deciding[row[1:]] for row in rows}

    def _isp_due_dates(self, day):
        """:return: dict contract id -> due date of a charge of ``day``"""
        return {
            contract_id: fields.Date.add(day, days=policy.due_days)
            for contract_id, policy in self._isp_policies(day).items()
        }

    # === after money was applied === #

    def _isp_after_allocation(self, day=None):
        """Promises that were kept, and services that come back because nothing overdue is left.

        In the transaction that reconciled the money. ``self`` are the contracts whose charges
        changed, in either direction.
        """
        self.env["isp.payment.promise"].sudo()._follow_debt(self)
        cut = self.sudo().filtered(
            lambda contract: contract.state == "suspended"
            and contract.state_reason == "non_payment"
        )
        if cut:
            cut._isp_resume_if_settled(day)

    def _isp_decision_days(self, day=None):
        """The day on which the debt of a suspended contract is judged: that of the run that cut it,
        when it is later than today, so that a run for a day to come is undone by the same rule.

        :return: dict contract id -> date
        """
        today = day or self._today()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT line.contract_id, MAX(run.date) FROM isp_dunning_run_line line
                  JOIN isp_dunning_run run ON run.id = line.run_id
                 WHERE line.contract_id = ANY(%s) AND line.action = 'suspend'
                   AND line.state = 'done'
                 GROUP BY line.contract_id
                """,
                self.ids,
            )
        )
        last = dict(rows)
        return {contract.id: max(today, last.get(contract.id, today)) for contract in self}

    def _isp_cut_days(self, day):
        """The day on which the debt of a contract that is going to be cut is judged: ``day``, or
        that of the run that is cutting it now, which may be of a day to come.

        :return: dict contract id -> date
        """
        self.env["isp.dunning.run"].flush_model(["state"])
        self.env["isp.dunning.run.line"].flush_model(["state"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT line.contract_id, MAX(run.date) FROM isp_dunning_run_line line
                  JOIN isp_dunning_run run ON run.id = line.run_id AND run.state = 'running'
                 WHERE line.contract_id = ANY(%s) AND line.action = 'suspend'
                   AND line.state = 'todo'
                 GROUP BY line.contract_id
                """,
                self.ids,
            )
        )
        last = dict(rows)
        return {contract.id: max(day, last.get(contract.id, day)) for contract in self}

    def _isp_resume_if_settled(self, day=None):
        """Resume those of ``self`` (suspended for non-payment) that owe nothing overdue any
        more, or
        less than their policy cuts for.

        :return: the contracts that were resumed
        """
        days = self._isp_decision_days(day)
        settled = self.browse()
        for judged_on, contracts in self.grouped(lambda contract: days[contract.id]).items():
            debts = contracts._isp_debts_by("contract_id", contracts.ids, day=judged_on)
            policies = contracts._isp_policies(judged_on)
            settled |= contracts.filtered(
                lambda contract,
                debts=debts,
                policies=policies,
                day=judged_on: dunning.enough_to_resume(
                    dec(debts.get(contract.id, Debt()).overdue),
                    dec(
                        policies[contract.id]._in(
                            policies[contract.id].minimum_debt, contract.currency_id, day
                        )
                    ),
                )
            )
        # history that is loaded afterwards (demo, migration) says when the money really came
        moment = self.env.context.get("isp_event_date")
        if settled:
            settled.with_context(isp_event_source="payment").action_resume(
                reason="payment", date=moment
            )
        return settled

    def action_open_isp_charges(self):
        """Open the charges of the contract."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("silver_billing.action_isp_charge")
        return dict(
            action,
            domain=[("contract_id", "=", self.id)],
            context={"default_contract_id": self.id},
        )
