"""Debt as a query over charges and allocations, for any set of contracts or customers and any
day."""

from datetime import date
from typing import NamedTuple

from odoo import fields
from odoo.tools import SQL

from odoo.addons.silver_base.tools import local_time


class Debt(NamedTuple):
    """:param owed: all that is owed, due or not
    :param overdue: the part whose due date is past
    :param oldest_due: due date of the oldest overdue charge
    :param next_due: due date of the first charge that is not overdue
    """

    owed: float = 0.0
    overdue: float = 0.0
    oldest_due: date | None = None
    next_due: date | None = None


GROUPS = {"contract_id", "partner_id"}


def debt_query(group, day, where=None, historic=False):
    """Debt on a day, one row for each contract or customer that owes something.

    :param str group: contract_id or partner_id
    :param date day: a charge is overdue when its due date is before it
    :param where: SQL condition on ``charge``
    :param historic: leave out charges and allocations later than ``day``; otherwise all count (an
        invoice issued in advance is owed)
    :return: SQL with columns id, owed, overdue, oldest_due, next_due
    """
    if group not in GROUPS:
        raise ValueError(group)
    left = SQL("(charge.amount_total - COALESCE(paid.amount, 0))")
    # a charge without invoice is owed, but nobody was told to pay it: it is never overdue
    overdue = SQL("charge.due_date < %s AND charge.move_id IS NOT NULL", day)
    return SQL(
        """
        SELECT charge.%(group)s AS id, SUM(%(left)s) AS owed,
               COALESCE(SUM(%(left)s) FILTER (WHERE %(overdue)s), 0) AS overdue,
               MIN(charge.due_date) FILTER (WHERE %(overdue)s) AS oldest_due,
               MIN(charge.due_date) FILTER (WHERE charge.due_date >= %(day)s
                                              AND charge.move_id IS NOT NULL) AS next_due
          FROM isp_charge charge %(holder)s
          LEFT JOIN LATERAL (
                SELECT SUM(amount) AS amount FROM isp_charge_payment
                 WHERE charge_id = charge.id %(paid)s
               ) paid ON TRUE
         WHERE %(alive)s AND %(left)s > 0 AND %(where)s
         GROUP BY charge.%(group)s
        """,
        group=SQL.identifier(group),
        # what a former holder still owes is the debt of that customer, not of the service
        holder=SQL(
            "JOIN isp_contract contract ON contract.id = charge.contract_id"
            " AND contract.partner_id = charge.partner_id"
        )
        if group == "contract_id" and not historic
        else SQL(),
        left=left,
        overdue=overdue,
        day=day,
        # the state follows the allocations: only a charge paid in part has any while it is open
        paid=SQL("AND applied_on <= %s", day)
        if historic
        else SQL("AND charge.state = 'partially_paid'"),
        alive=SQL("charge.state <> 'void' AND charge.charge_date <= %s", day)
        if historic
        else SQL("charge.state IN ('pending', 'invoiced', 'partially_paid')"),
        where=where or SQL("TRUE"),
    )


def debt_day(records):
    """:return: (day, historic): the date in the context under ``isp_date``, or today"""
    asked = fields.Date.to_date(records.env.context.get("isp_date"))
    return asked or local_time.today(records.env), bool(asked)


def debt_search(records, group, column, operator, value):
    """Search method of a debt field. Those who owe nothing count as zero, or as no date."""
    day, historic = debt_day(records)
    records.env["isp.charge"].flush_model()
    records.env["isp.contract"].flush_model(["partner_id"])
    query = debt_query(group, day, historic=historic)
    known = SQL(
        "SELECT debt.id FROM (%s) debt WHERE debt.%s IS NOT NULL", query, SQL.identifier(column)
    )
    if operator == "in":
        empty = False in value or (column != "oldest_due" and 0 in value)
        exact = [item for item in value if item]
        parts = []
        if exact:
            parts.append(
                [
                    (
                        "id",
                        "in",
                        SQL("(%s AND debt.%s IN %s)", known, SQL.identifier(column), tuple(exact)),
                    )
                ]
            )
        if empty:
            parts.append(
                [
                    (
                        "id",
                        "not in",
                        SQL("(%s AND debt.%s <> %s)", known, SQL.identifier(column), 0)
                        if column != "oldest_due"
                        else SQL("(%s)", known),
                    )
                ]
            )
        return ["|"] * (len(parts) - 1) + [leaf for part in parts for leaf in part] or [(0, "=", 1)]
    if operator not in ("<", "<=", ">", ">="):
        return NotImplemented
    inside = SQL("(%s AND debt.%s %s %s)", known, SQL.identifier(column), SQL(operator), value)
    if column != "oldest_due" and _holds_for_zero(operator, value):
        return ["|", ("id", "in", inside), ("id", "not in", SQL("(%s)", known))]
    return [("id", "in", inside)]


def _holds_for_zero(operator, value):
    return {"<": 0 < value, "<=": 0 <= value, ">": 0 > value, ">=": 0 >= value}[operator]
