"""How old a debt is."""

BUCKETS = ((0, "current"), (30, "d1_30"), (60, "d31_60"), (90, "d61_90"))
OLDEST = "d90_more"


def bucket(due, day):
    """:param due: due date of the debt
    :param day: the day it is looked at
    :return: code of the ageing column: current (not overdue yet), d1_30, d31_60, d61_90, d90_more
    """
    late = (day - due).days
    for limit, code in BUCKETS:
        if late <= limit:
            return code
    return OLDEST


def days_sales_outstanding(receivable, billed, days):
    """:return: days of sales still to be collected; None when nothing was billed in those days"""
    return receivable * days / billed if billed else None
