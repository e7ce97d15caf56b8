"""Taking addresses: the ORM's side of ``sql/allocate.sql``."""

from datetime import timedelta
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..tools import dbcode


class Want(NamedTuple):
    """One address that is asked for: ids, the pools to try in this order."""

    pool_ids: tuple
    contract_id: int | None
    partner_id: int | None
    item_id: int | None
    state: str
    until: object = None  # datetime a reservation runs out, None for never
    sticky: bool = True


class IspIpReservation(models.Model):
    _inherit = "isp.ip.reservation"

    @api.model
    def _take(self, wants, reason=None):
        """Give one address to each of ``wants`` in one round trip to PostgreSQL.

        :param wants: list of :class:`Want`
        :return: list of (record or empty recordset when the pools are exhausted, how), in their
            order
        """
        if not wants:
            return []
        self.env.flush_all()
        dbcode.acting(self.env, reason)
        rows = self.env.execute_query(
            SQL(
                """
                SELECT t.r_id, t.r_how
                FROM unnest(%s::text[], %s::int[], %s::int[], %s::int[], %s::text[],
                %s::timestamp[],
                            %s::boolean[])
                     WITH ORDINALITY AS w(pools, contract, partner, item, state, lease, sticky,
                     position),
                     LATERAL isp_ip_take(w.pools::int[], w.contract, w.partner, w.item, w.state,
                     w.lease,
                                         w.sticky) t
                ORDER BY w.position
                """,
                ["{" + ",".join(map(str, want.pool_ids)) + "}" for want in wants],
                *(
                    [getattr(want, name) or None for want in wants]
                    for name in ("contract_id", "partner_id", "item_id", "state", "until")
                ),
                [want.sticky for want in wants],
            )
        )
        self.browse([id_ for id_, _how in rows if id_])._refresh()
        return [(self.browse(id_ or ()), how) for id_, how in rows]

    @api.model
    def _take_unit(self, pool, unit, contract=None, partner=None, item=None, state="reserved",
                   until=None, purpose="customer", note=None, reason=None):  # fmt: skip
        """Give a chosen address.

        :return: the reservation
        :raise UserError: naming the address and why it cannot be had
        """
        self.env.flush_all()
        existing = self.search([("pool_id", "=", pool.id), ("unit", "=", unit)])
        mine = existing and partner and existing.last_partner_id == partner
        if existing.state == "quarantine" and not mine and not existing._is_available():
            pool._raise_taken(existing)
        dbcode.acting(self.env, reason)
        [(id_,)] = self.env.execute_query(
            SQL(
                "SELECT isp_ip_take_unit(%s, %s, %s, %s, %s, %s, %s, %s, %s)",
                pool.id,
                int(unit),
                contract.id if contract else None,
                partner.id if partner else None,
                item.id if item else None,
                state,
                until or None,
                purpose,
                note or None,
            )
        )
        if not id_:
            pool._raise_taken(
                existing or self.search([("pool_id", "=", pool.id), ("unit", "=", unit)])
            )
        row = self.browse(id_)
        row._refresh()
        return row

    @api.model
    def _take_many(self, pool, count, partner, hours=None, reason=None):
        """All or none. :return: ``count`` reservations of ``partner``."""
        if count < 1 or count > 65536:
            raise UserError(self.env._("Ask for 1 to 65536 addresses at once, not %s.", count))
        until = fields.Datetime.now() + timedelta(hours=hours) if hours else None
        want = Want((pool.id,), None, partner.id, None, "reserved", until)
        taken = self.sudo()._take([want] * count, reason)
        short = sum(1 for row, _how in taken if not row)
        if short:
            raise UserError(
                self.env._(
                    "%(pool)s has only %(there)s of the %(count)s addresses asked for. Nothing was "
                    "reserved.",
                    pool=pool.display_name,
                    there=count - short,
                    count=count,
                )
            )
        return self.browse([row.id for row, _how in taken])
