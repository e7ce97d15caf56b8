from collections import Counter
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.silver_isp.models.isp_outage import PLACES

from .. import location

#: phase of an ONU -> what took it down
CAUSES = {"dyinggasp": "power", "los": "fibre"}
#: an ONU that fell longer ago than this is a switched-off house, and no part of a fault
RECENT = timedelta(days=7)
#: below this share of ONUs down, an outage that was found by readings is over
OVER = 0.25
#: from an outage to the OLT it is at or below
OLT_PATHS = ("olt_id", "olt_port_id.olt_id", "splitter_id.olt_port_id.olt_id")


class IspOutage(models.Model):
    _inherit = "isp.outage"

    peak_count = fields.Integer(string="ONUs down at worst", readonly=True, copy=False)

    @api.model
    def _open_below(self, olts):
        """:return: open outages at these OLTs, their ports and their splitters"""
        return self.search(
            Domain("state", "=", "open")
            & Domain.OR(Domain(path, "in", olts.ids) for path in OLT_PATHS)
        )

    @api.model
    def _count_below(self, olts):
        """:return: ``{olt id: open outages at it, its ports or its splitters}``"""
        return Counter(
            olt.id
            for outage in self._open_below(olts)
            for path in OLT_PATHS
            for olt in outage.mapped(path)
        )

    @api.model
    def _follow(self, olt, now):
        """Open, move, count and close the outages of an OLT as its last reading shows them.

        A place that is dark becomes one outage. One that somebody opened by hand there, or above,
        is left to that person: only its counts follow. What the readings opened they also close.
        """
        begun = fields.Datetime.now() + timedelta(hours=1)
        mine = self._open_below(olt).filtered(lambda outage: outage.date_start <= begun)
        onus = self._onus(olt, now)
        if not mine and not any(onu.since for onu in onus):
            return
        get = self.env["isp.monitoring.settings"]._get
        parents, share = self._parents(olt), get("outage_share") / 100
        faults = location.locate(
            parents,
            onus,
            share,
            int(get("outage_minimum")),
            timedelta(minutes=get("outage_minutes")),
        )
        by_place = {outage._key(): outage for outage in mine}
        base_by_hand = self._by_hand_at_base(olt)
        kept = self.browse()
        for fault in faults:
            above = set(location._path(parents, fault.place))
            same = by_place.get(fault.place)
            by_hand = mine.filtered(
                lambda outage, above=above: outage.source == "manual" and outage._key() in above
            )
            moved = (mine - kept).filtered(
                lambda outage, place=fault.place, above=above: (
                    outage.source == "readings"
                    and (outage._key() in above or place in location._path(parents, outage._key()))
                )
            )
            wide = moved.filtered(
                lambda outage, above=above: (
                    outage._key() in above and outage._still_dark(parents, onus, share)
                )
            )
            if same:
                outage = same
            elif wide:
                outage = wide[:1]  # some are back, but the place as a whole is not
            elif by_hand or base_by_hand:
                continue
            elif moved:
                # part of it is back, or more of it went: the same fault, seen better
                outage = moved.sorted("date_start")[:1]
                outage._move(fault.place)
            else:
                outage = self.create(self._values_of(fault))
            kept |= outage
            outage._learn(fault)
        (mine - kept)._settle_counts(parents, onus, now)
        kept._count(parents, onus)

    @api.model
    def _by_hand_at_base(self, olt):
        """What somebody said of the whole base says it of the OLT."""
        return self.search(
            [("state", "=", "open"), ("base_station_id", "=", olt.base_station_id.id)]
        )

    @api.model
    def _onus(self, olt, now):
        """:return: list of ``location.Onu``: those that should be on line"""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id, splitter_id, olt_port_id, phase, down_since
                  FROM isp_onu_signal WHERE olt_id = %s AND present AND expected
                """,
                olt.id,
            )
        )
        onus = []
        for signal_id, splitter_id, port_id, phase, since in rows:
            place = ("olt_id", olt.id)
            if splitter_id:
                place = ("splitter_id", splitter_id)
            elif port_id:
                place = ("olt_port_id", port_id)
            recent = since if since and since >= now - RECENT else None
            onus.append(
                location.Onu(signal_id, place, phase == "working", recent, CAUSES.get(phase, ""))
            )
        return onus

    @api.model
    def _parents(self, olt):
        """:return: ``{place: the place above it}`` of everything below an OLT"""
        top = ("olt_id", olt.id)
        parents = {top: None}
        for port_id, splitter_id, parent_id in self.env.execute_query(
            SQL(
                """
                SELECT p.id, s.id, s.parent_id
                  FROM isp_olt_card_port p LEFT JOIN isp_splitter s ON s.olt_port_id = p.id
                 WHERE p.olt_id = %s
                """,
                olt.id,
            )
        ):
            port = ("olt_port_id", port_id)
            parents[port] = top
            if splitter_id:
                parents["splitter_id", splitter_id] = (
                    ("splitter_id", parent_id) if parent_id else port
                )
        return parents

    def _key(self):
        """:return: the place as :mod:`location` names it"""
        self.ensure_one()
        name = PLACES[self.scope]
        return name, self[name].id

    @api.model
    def _values_of(self, fault):
        name, place_id = fault.place
        return {
            name: place_id,
            "source": "readings",
            "date_start": fault.since,
            "cause": fault.cause or "unknown",
        }

    def _move(self, place):
        """The fault turned out to be elsewhere on the same branch."""
        self.ensure_one()
        name, place_id = place
        values = dict.fromkeys(PLACES.values(), False)
        before = self.place_name
        scope = next(scope for scope, field in PLACES.items() if field == name)
        self.write({**values, name: place_id, "scope": scope})
        self.message_post(
            body=self.env._(
                "Located anew: %(before)s, now %(after)s.", before=before, after=self.place_name
            )
        )

    def _learn(self, fault):
        """The cause, once the devices tell it and nobody wrote another."""
        if fault.cause and self.cause == "unknown":
            self.cause = fault.cause

    def _below(self, parents, onus):
        """:return: (ONUs down, ONUs) below the place of the outage, of those that should be up"""
        self.ensure_one()
        key, horizon = self._key(), self.date_start - timedelta(hours=1)
        down = total = 0
        for onu in onus:
            if key in location._path(parents, onu.place):
                fell = bool(not onu.up and onu.since and onu.since >= horizon)
                down += fell
                total += fell or onu.up
        return down, total

    def _still_dark(self, parents, onus, share):
        down, total = self._below(parents, onus)
        return total and down >= share * total

    def _count(self, parents, onus):
        for outage in self:
            down, total = outage._below(parents, onus)
            if (down, total) != (outage.down_count, outage.total_count):
                outage.write(
                    {
                        "down_count": down,
                        "total_count": total,
                        "peak_count": max(down, outage.peak_count),
                    }
                )

    def _settle_counts(self, parents, onus, now):
        """Outages whose place is not dark any more: close those of the readings that are over."""
        over = self.browse()
        for outage in self:
            down, total = outage._below(parents, onus)
            if outage.source == "readings" and down <= OVER * total:
                over |= outage
        (self - over)._count(parents, onus)
        for outage in over:
            outage.action_close(date=max(now, outage.date_start))
