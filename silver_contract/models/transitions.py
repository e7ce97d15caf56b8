"""The life of a service, as one table.

This file is the only place that says which states exist, how a contract gets from one to another
and which
reasons are accepted. Verbs, the write gate, the database trigger, the check on the event log and
the tests
are all generated from it. No ORM here: it can be read and tested on its own.
"""

from typing import NamedTuple

# lists, because Odoo translates the labels of a selection only when it is a list
STATES = [
    ("draft", "Draft"),
    ("pending", "Pending"),
    ("active", "Active"),
    ("suspended", "Suspended"),
    ("cancelled", "Cancelled"),
]

REASONS = [
    ("non_payment", "Non-payment"),
    ("voluntary_pause", "Voluntary pause"),
    ("technical", "Technical"),
    ("abuse", "Abuse"),
    ("customer_request", "Customer request"),
    ("payment", "Payment"),
    ("promise", "Promise to pay"),
    ("migration", "Migration"),
    ("other", "Other"),
]

SOURCES = [
    ("user", "User"),
    ("rule", "Automatic rule"),
    ("payment", "Payment"),
    ("import", "Import"),
]

#: What the network does with a suspended service; none: what its server is set to do.
SUSPENSION_MODES = [
    ("walled_garden", "Notice Page"),
    ("throttle", "Slow"),
    ("reject", "No Access"),
]

#: A service in one of these states holds its resources (port, equipment, address).
LIVE_STATES = ("pending", "active", "suspended")
#: A service in one of these states has been delivered to the customer.
DELIVERED_STATES = ("active", "suspended")


class Transition(NamedTuple):
    """``name`` takes a contract from any of ``sources`` to ``target``."""

    name: str
    label: str
    sources: tuple
    target: str
    reasons: tuple
    default_reason: str


TRANSITIONS = {
    transition.name: transition
    for transition in (
        Transition(
            "reserve",
            "Reservation",
            ("draft",),
            "pending",
            ("customer_request", "migration", "other"),
            "customer_request",
        ),
        Transition(
            "activate",
            "Activation",
            ("pending",),
            "active",
            ("customer_request", "migration", "other"),
            "customer_request",
        ),
        Transition(
            "suspend",
            "Suspension",
            ("active",),
            "suspended",
            ("non_payment", "voluntary_pause", "technical", "abuse", "customer_request", "other"),
            "other",
        ),
        Transition(
            "resume",
            "Reconnection",
            ("suspended",),
            "active",
            (
                "payment",
                "promise",
                "customer_request",
                "voluntary_pause",
                "technical",
                "abuse",
                "other",
            ),
            "payment",
        ),
        Transition(
            "cancel",
            "Cancellation",
            ("draft", "pending", "active", "suspended"),
            "cancelled",
            (
                "customer_request",
                "non_payment",
                "technical",
                "abuse",
                "migration",
                "other",
            ),
            "customer_request",
        ),
    )
}

#: What also goes to the event log although the state stays as it is.
IN_PLACE = [
    ("renew", "Reservation renewed"),
    ("plan_change", "Plan change"),
    ("equipment_change", "Equipment change"),
    ("address_change", "Address change"),
    ("holder_change", "Holder change"),
]

EVENT_TYPES = [(t.name, t.label) for t in TRANSITIONS.values()] + IN_PLACE


def allowed_pairs():
    """:return: set of ``(state before, state after)`` that a row of ``isp_contract`` may go
    through.
    """
    return {
        (source, transition.target)
        for transition in TRANSITIONS.values()
        for source in transition.sources
    }
