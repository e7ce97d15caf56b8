"""What a broken promise says to a person, by the name it has in the database."""

from odoo.tools import LazyTranslate

_lt = LazyTranslate(__name__)
# texts of the module, not of a record: there is no env yet
# pylint: disable=prefer-env-translation

PROMISES = {
    "isp_ip_pool_retired_in_use": _lt("A pool with customers cannot be retired: drain it first."),
    "isp_ip_pool_length_fixed": _lt(
        "The length of the blocks cannot change once there are addresses on record."
    ),
    "isp_ip_pool_not_active": _lt("Only an active pool hands out addresses."),
    "isp_ip_unit_fixed": _lt("An address on record cannot become another one."),
    "isp_ip_exclusion": _lt("An excluded address and a customer's address do not mix."),
    "isp_ip_transition": _lt("An address does not change state that way."),
    "isp_ip_holder_fixed": _lt(
        "The address has a holder: release it before giving it to someone else."
    ),
    "isp_ip_quarantine": _lt(
        "The address is in quarantine. Until that ends only its last customer can have it back."
    ),
    "isp_ip_reservation_keep": _lt("Addresses that served a customer are released, never deleted."),
    "isp_ip_history_lost": _lt("The history of the address has no open period: run the audit."),
    "isp_ip_assignment_history_append_only": _lt(
        "The history of addresses is only ever added to: it cannot be changed or deleted."
    ),
    "isp_ip_history_purge_append_only": _lt(
        "The log of purges is only ever added to: it cannot be changed or deleted."
    ),
    "isp_ip_history_anchor_guard": _lt("The seals of what was purged cannot be changed."),
    "isp_cgnat_block_append_only": _lt(
        "The log of CGNAT port blocks is only ever added to: it cannot be changed or deleted."
    ),
}


def promise_message(env, exc):
    """:return: the translated text for a trigger's error, with the detail it gave; None for
    others.
    """
    text = PROMISES.get(exc.diag.constraint_name)
    if not text:
        return None
    return f"{env._(text)} ({exc.diag.message_primary})"
