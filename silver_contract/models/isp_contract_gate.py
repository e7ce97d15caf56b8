"""The gate in front of what only a verb may write."""

from odoo import models
from odoo.exceptions import UserError

from .guarded_fields import GUARDED, GUARDED_WHEN_DELIVERED, GUARDED_WHEN_LIVE
from .transitions import LIVE_STATES

#: Only code of this suite can hold this object: a context sent by RPC never carries it.
_GATE = object()
_GATE_KEY = "isp_contract_gate"


class IspContract(models.Model):
    _inherit = "isp.contract"  # pylint: disable=consider-merging-classes-inherited

    def _write_gated(self, vals):
        """Write guarded fields. Only the verbs call it; it is private, so RPC cannot.

        :param dict vals: values, ``state`` included
        """
        return self.with_context(**{_GATE_KEY: _GATE}, tracking_disable=True).write(vals)

    def write(self, vals):
        if self.env.context.get(_GATE_KEY) is not _GATE:
            self._check_ungated(vals)
        self._check_billing_day(vals)
        if vals.get("splitter_port_id") and "splitter_id" not in vals:
            port = self.env["isp.splitter.port"].browse(vals["splitter_port_id"])
            vals = dict(vals, splitter_id=port.splitter_id.id)
        return super().write(vals)

    def _check_ungated(self, vals):
        """:raise UserError: when ``vals`` would change what only a verb may change."""
        if "state" in vals:
            raise UserError(
                self.env._(
                    "The state of a contract is not written: it is changed by its actions "
                    "(reserve, "
                    "activate, suspend, resume, cancel). Contracts: %(names)s",
                    names=self._names(),
                )
            )
        for name in sorted(GUARDED.intersection(vals)):
            if self._changed(name, vals[name]):
                self._raise_guarded(name, self)
        for names, states in (
            (GUARDED_WHEN_LIVE, (*LIVE_STATES, "cancelled")),
            (GUARDED_WHEN_DELIVERED, ("active", "suspended", "cancelled")),
        ):
            guarded = names.intersection(vals)
            if not guarded:
                continue
            contracts = self.filtered(lambda contract, states=states: contract.state in states)
            for name in sorted(guarded):
                if changed := contracts._changed(name, vals[name]):
                    self._raise_guarded(name, changed)

    def _changed(self, name, value):
        """:return: the contracts in which writing ``value`` to the field ``name`` changes
        something
        """
        field = self._fields[name]
        return self.filtered(
            lambda contract: field.convert_to_cache(value, contract)
            != field.convert_to_cache(contract[name], contract)
        )

    def _raise_guarded(self, name, contracts):
        raise UserError(
            self.env._(
                "%(names)s: “%(field)s” cannot be edited here. Use the action of the contract made "
                "for it (plan change, equipment, address, holder, cancellation).",
                names=contracts._names(),
                field=self._fields[name]._description_string(self.env),
            )
        )

    def _names(self, limit=10):
        """:return: text with the first contracts of ``self``, for messages"""
        names = ", ".join(contract.display_name for contract in self[:limit])
        more = len(self) - limit
        return f"{names} (+{more})" if more > 0 else names
