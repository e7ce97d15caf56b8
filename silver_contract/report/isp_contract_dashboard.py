"""What a manager looks at in the morning. One call, a handful of queries."""

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models


class IspContractDashboard(models.AbstractModel):
    _name = "isp.contract.dashboard"
    _description = "Contract Dashboard"

    @api.model
    def get_data(self, months=12):
        """The figures of the allowed companies, with the lists behind them.

        :param int months: months of the series, the one in course included (1 to 60)
        :return: dict with ``currency``, ``cards`` (code -> figure), ``series`` (one dict per
            month),
            ``bases``, ``plans``, ``reasons`` and ``todo`` (code, count, domain)
        """
        self.env["isp.contract"].check_access("read")
        today = self.env["isp.contract"]._today()
        first = today.replace(day=1) - relativedelta(months=max(1, min(int(months), 60)) - 1)
        domain = [("company_id", "in", self.env.companies.ids)]
        series = self._series(domain, first, today)
        return {
            "currency": self.env.company.currency_id.id,
            "company": self.env.company.name,
            "date": fields.Date.to_string(today),
            "cards": self._cards(domain, series, today),
            "series": series,
            "bases": self._groups(domain, "base_station_id"),
            "plans": self._groups(domain, "product_id"),
            "reasons": self._reasons(domain, first),
            "todo": self._todo(domain, today),
        }

    def _series(self, domain, first, today):
        rows = {
            month: sums
            for month, *sums in self.env["isp.contract.churn"]._read_group(
                [*domain, ("month", ">=", first)],
                ["month:month"],
                [
                    "opening:sum",
                    "activated:sum",
                    "cancelled:sum",
                    "suspended:sum",
                    "reconnected:sum",
                    "opening_mrr:sum",
                ],
            )
        }
        series, month = [], first
        while month <= today:
            opening, activated, cancelled, suspended, reconnected, mrr = rows.get(month, [0] * 6)
            series.append(
                {
                    "month": fields.Date.to_string(month),
                    "opening": opening or 0,
                    "activated": activated or 0,
                    "cancelled": cancelled or 0,
                    "suspended": suspended or 0,
                    "reconnected": reconnected or 0,
                    "mrr": mrr or 0.0,
                    "churn": 100.0 * (cancelled or 0) / opening if opening else None,
                }
            )
            month += relativedelta(months=1)
        return series

    def _cards(self, domain, series, today):
        states = dict(self.env["isp.contract"]._read_group(domain, ["state"], ["__count"]))
        [(mrr, arpu, customers)] = self.env["isp.contract.mrr"]._read_group(
            domain, [], ["active_mrr:sum", "arpu:avg", "customer:count_distinct"]
        )
        [(days, delivered)] = self.env["isp.contract.mttp"]._read_group(
            [*domain, ("date_online", ">=", today - relativedelta(days=90))],
            [],
            ["days:avg", "__count"],
        )
        now, before = series[-1], series[-2] if len(series) > 1 else None
        return {
            "active": states.get("active", 0),
            "suspended": states.get("suspended", 0),
            "pending": states.get("pending", 0) + states.get("draft", 0),
            "customers": customers or 0,
            "mrr": mrr or 0.0,
            "arpu": arpu or 0.0,
            "activated": now["activated"],
            "cancelled": now["cancelled"],
            "reconnected": now["reconnected"],
            "churn": now["churn"],
            "churn_before": before and before["churn"],
            "mttp_days": days if delivered else None,
            "mttp_count": delivered,
        }

    def _groups(self, domain, name):
        rows = self.env["isp.contract.mrr"]._read_group(
            domain, [name], ["active_services:sum", "services:sum", "active_mrr:sum"]
        )
        groups = [
            {
                "id": record.id,
                "name": record.display_name or self.env._("None"),
                "active": active or 0,
                "services": services or 0,
                "mrr": mrr or 0.0,
            }
            for record, active, services, mrr in rows
        ]
        return sorted(groups, key=lambda group: -group["active"])[:12]

    def _reasons(self, domain, first):
        labels = dict(
            self.env["isp.contract"]._fields["state_reason"]._description_selection(self.env)
        )
        rows = self.env["isp.contract.churn"]._read_group(
            [*domain, ("month", ">=", first), ("cancelled", ">", 0)], ["reason"], ["cancelled:sum"]
        )
        total = sum(count for _reason, count in rows)
        return sorted(
            (
                {
                    "code": reason,
                    "name": labels.get(reason, reason or ""),
                    "count": count,
                    "share": 100.0 * count / total,
                }
                for reason, count in rows
            ),
            key=lambda row: -row["count"],
        )

    def _todo(self, domain, today):
        """Extension: lines of what needs somebody, each with the list it opens.

        :return: list of dicts ``code, name, model, domain, count``
        """
        soon = fields.Date.to_string(today + relativedelta(days=30))
        day = fields.Date.to_string(today)
        contract, change = "isp.contract", "isp.contract.plan.change"
        searches = {
            "to_install": (contract, [("state", "=", "pending")]),
            "expired": (contract, [("reservation_state", "=", "expired")]),
            "recover": (contract, [("has_equipment_to_recover", "=", True)]),
            "moving": ("isp.contract.address.change", [("state", "=", "reserved")]),
            "changes": (change, [("state", "=", "scheduled")]),
            "failed": (change, [("state", "=", "scheduled"), ("error", "!=", False)]),
            "pauses": ("isp.contract.pause", [("state", "=", "running")]),
            "promotions": (
                contract,
                [
                    ("state", "in", ["active", "suspended"]),
                    ("promotion_date_end", ">=", day),
                    ("promotion_date_end", "<=", soon),
                ],
            ),
        }
        names = self._todo_names()
        return [
            {
                "code": code,
                "name": names[code],
                "model": model,
                "domain": [*domain, *extra],
                "count": self.env[model].search_count([*domain, *extra]),
            }
            for code, (model, extra) in searches.items()
        ]

    def _todo_names(self):
        return {
            "to_install": self.env._("Services to install"),
            "expired": self.env._("Reservations that ran out"),
            "recover": self.env._("Equipment to recover"),
            "moving": self.env._("Address changes to install"),
            "changes": self.env._("Plan changes to come"),
            "failed": self.env._("Plan changes that failed"),
            "pauses": self.env._("Services on pause"),
            "promotions": self.env._("Promotions that end within 30 days"),
        }
