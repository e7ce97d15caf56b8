"""Which charge each payment covers.

An invoice gathers several charges and Odoo reconciles money with the invoice as a whole; these
functions share that money among the charges, always in the same way for the same input, so that the
allocations can be rebuilt from accounting at any time.
"""

from decimal import Decimal
from typing import NamedTuple

ZERO = Decimal(0)


class Owed(NamedTuple):
    """A charge of an invoice. ``order`` sorts it (due date, then age)."""

    key: object
    amount: Decimal
    order: object


class Money(NamedTuple):
    """Money reconciled with the invoice. ``targets`` are keys of charges it is meant for, in order
    of preference; ``only`` means it may cover nothing else (a credit note for one charge)."""

    key: object
    amount: Decimal
    order: object
    targets: tuple = ()
    only: bool = False


def allocate(charges, moneys):
    """FIFO: oldest money on the oldest charge, after what was meant for a given charge.

    :param charges: list of :class:`Owed`
    :param moneys: list of :class:`Money`
    :return: dict (charge key, money key) -> amount, without zeros. Never more than a charge is
    worth
        nor more than the money there is. The order of the lists has no influence.
    """
    left = {charge.key: charge.amount for charge in sorted(charges, key=lambda item: item.order)}
    found = {}

    def spend(money, keys, available):
        for key in keys:
            part = min(left.get(key, ZERO), available)
            if part > 0:
                found[key, money.key] = found.get((key, money.key), ZERO) + part
                left[key] -= part
                available -= part
        return available

    moneys = sorted(moneys, key=lambda item: (not item.only, item.order))
    rest = {money.key: spend(money, money.targets, money.amount) for money in moneys}
    for money in moneys:
        # a credit note larger than its charge cannot stay idle: accounting has already used it
        if rest[money.key] > 0:
            spend(money, list(left), rest[money.key])
    return found


def share_rounding(amounts, target):
    """Make ``amounts`` add up to ``target`` by moving the cents to the largest ones.

    :param amounts: dict key -> Decimal, none negative
    :param target: what they must add up to
    :return: new dict
    """
    shared = dict(amounts)
    missing = target - sum(shared.values(), ZERO)
    for key in sorted(shared, key=lambda item: (-shared[item], str(item))):
        if not missing:
            break
        part = max(missing, -shared[key])
        shared[key] += part
        missing -= part
    return shared
