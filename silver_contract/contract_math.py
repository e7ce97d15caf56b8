"""Calendar and money of a contract, with plain values: no ORM."""

from calendar import monthrange
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal


def clamped(year, month, day):
    """:return: that day of the month, or the last one in a shorter month"""
    return date(year, month, min(day, monthrange(year, month)[1]))


def add_months(day, months, anchor=None):
    """:return: ``day`` so many months later, on day ``anchor`` of the month (default: its own)

    Always counted from the first day: 31 Jan + 1 = 28 Feb, 31 Jan + 2 = 31 Mar.
    """
    index = day.year * 12 + day.month - 1 + months
    return clamped(index // 12, index % 12 + 1, anchor or day.day)


def period_of(day, billing_day):
    """The billing period a day falls in.

    :param int billing_day: 1 to 31, clamped to each month
    :return: ``(first day, first day of the next period)``
    """
    start = clamped(day.year, day.month, billing_day)
    if start > day:
        start = add_months(start, -1, billing_day)
    return start, add_months(start, 1, billing_day)


def next_period_start(day, billing_day):
    """:return: first day of the first period that begins after ``day``"""
    return period_of(day, billing_day)[1]


def months_left(day, end):
    """Months from ``day`` to ``end``, with the started month as a fraction of its days.

    :return: Decimal, 0 when ``end`` is not after ``day``
    """
    if end <= day:
        return Decimal(0)
    whole = (end.year - day.year) * 12 + end.month - day.month
    while add_months(day, whole) > end:
        whole -= 1
    reached, following = add_months(day, whole), add_months(day, whole + 1)
    return whole + Decimal((end - reached).days) / Decimal((following - reached).days)


def early_termination(monthly_amount, day, term_end, percent):
    """What is due for leaving before the term: a percentage of the months not served.

    :param float monthly_amount: price of one month
    :param date day: last day of service
    :param date term_end: first day without obligation; None: there was no term
    :param float percent: 0 to 100
    :return: float, in the currency of ``monthly_amount``, unrounded by currency
    """
    if not term_end or percent <= 0:
        return 0.0
    left = months_left(day + timedelta(days=1), term_end)
    amount = Decimal(str(monthly_amount)) * left * Decimal(str(percent)) / 100
    return float(amount.quantize(Decimal("0.000001"), ROUND_HALF_UP))


def change_difference(old_monthly, new_monthly, day, billing_day):
    """What changing the price on ``day`` adds to the period in course, by days.

    :return: float: positive when the customer will owe more, negative when less
    """
    start, end = period_of(day, billing_day)
    share = Decimal((end - day).days) / Decimal((end - start).days)
    difference = (Decimal(str(new_monthly)) - Decimal(str(old_monthly))) * share
    return float(difference.quantize(Decimal("0.000001"), ROUND_HALF_UP))
