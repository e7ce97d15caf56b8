"""Amounts: a changed price and a promotional price. No ORM here.

Amounts come in and go out as floats, as Odoo has them; the arithmetic is decimal, so that 0.1 + 0.2
is 0.3 and half a cent always rounds up.
"""

import calendar
import datetime
from decimal import ROUND_HALF_UP, Decimal

PERCENT, ADD, SET = "percent", "add", "set"


def _decimal(number):
    return Decimal(str(number))


def round_to(amount, step):
    """:return: the multiple of ``step`` nearest to ``amount`` (both Decimal), half away from 0"""
    return (amount / step).quantize(Decimal(1), rounding=ROUND_HALF_UP) * step


def changed_amount(old, method, value, step=0.01):
    """The price after a mass change.

    :param float old: the price before
    :param str method: ``percent`` (10 means 10 % more), ``add`` or ``set``
    :param float value: the percentage, the difference or the new price; negative lowers the price
    :param float step: the result is a multiple of this (0.01, 0.5, 1...)
    :return: float; it may be negative when ``value`` takes more than there was
    :raise ValueError: for an unknown method or a step that is not positive
    """
    old, value, step = _decimal(old), _decimal(value), _decimal(step)
    if step <= 0:
        raise ValueError("the rounding step must be positive")
    if method == PERCENT:
        amount = old * (100 + value) / 100
    elif method == ADD:
        amount = old + value
    elif method == SET:
        amount = value
    else:
        raise ValueError(f"unknown method {method!r}")
    return float(round_to(amount, step))


def promotional_amount(base, kind, value, months, month, step=0.01):
    """What month number ``month`` of a service costs under a promotion.

    :param float base: the price without promotion
    :param str kind: ``price`` or ``percent``
    :param float value: what is paid, or the percentage of discount (0 to 100)
    :param int months: the promotion covers months 1 to ``months`` of the service
    :param int month: 1 is the first month of service
    :param float step: a discounted price is a multiple of this
    :return: float; never more than ``base``: a promotion cannot make a service dearer
    :raise ValueError: for an unknown kind or a month before the first
    """
    if month < 1:
        raise ValueError("the first month of a service is 1")
    if kind not in ("price", "percent"):
        raise ValueError(f"unknown kind {kind!r}")
    if month > months:
        return base
    if kind == "price":
        return min(base, value)
    amount = round_to(_decimal(base) * (100 - _decimal(value)) / 100, _decimal(step))
    return min(base, float(amount))


def add_months(day, months):
    """``day`` some months later; the 31st becomes the last day of a shorter month.

    Each call starts from the anchor, so 31 January + 2 months is 31 March, not 28.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return datetime.date(year, month + 1, min(day.day, last))


def promotion_last_day(start, months):
    """:return: the last day at promotional price of a service that began on ``start``"""
    return add_months(start, months) - datetime.timedelta(days=1)


def service_month(start, day):
    """:return: the number of the month of service that ``day`` falls in; 1 from the start on

    :raise ValueError: when ``day`` is before ``start``
    """
    if day < start:
        raise ValueError("the day is before the service began")
    number = (day.year - start.year) * 12 + day.month - start.month
    return number + (day >= add_months(start, number))
