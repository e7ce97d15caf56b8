"""Feasibility by fibre: which box, with which port, with how much light."""

from odoo import api, fields, models
from odoo.tools import SQL

from .. import geo, optical
from ..lending import lendable_sql
from .isp_feasibility import NEAREST

# One row for each box (or the splitter asked for): its best port that could be lent now and what it
# would receive before the drop. Losses are stored on splitters and ports, so nothing walks the
# tree.
BOXES = """
    SELECT box.id, box.state, box.d,
           ports.total, ports.free, best.id, best.margin
      FROM (%(near)s) box(id, state, d)
     CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE sp.state <> 'cascade') AS total,
               count(*) FILTER (WHERE %(lendable)s) AS free
          FROM isp_splitter_port sp WHERE %(scope)s
     ) ports
      LEFT JOIN LATERAL (
        SELECT sp.id, pon.tx_dbm - pon.onu_sensitivity_dbm - s.path_loss_db - sp.loss_db AS margin
          FROM isp_splitter_port sp
          JOIN isp_splitter s ON s.id = sp.splitter_id
          JOIN isp_olt_card_port pon ON pon.id = s.olt_port_id
         WHERE %(scope)s AND %(lendable)s AND pon.out_of_service IS NOT TRUE
           AND (sp.state = 'reserved'
                OR EXISTS (SELECT 1 FROM isp_onu_slot o
                            WHERE o.port_id = pon.id AND o.splitter_port_id IS NULL
                              AND (o.available_from IS NULL OR o.available_from <= %(now)s))
                OR EXISTS (SELECT 1 FROM isp_splitter_port e
                            WHERE e.pon_id = pon.id AND e.state = 'reserved'
                              AND e.reserved_until <= %(now)s))
         ORDER BY margin DESC, sp.number
         LIMIT 1
     ) best ON true
     ORDER BY box.d
"""


class IspFeasibility(models.Model):
    _inherit = "isp.feasibility"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _fiber_candidates(self, question):
        plant = self.env["isp.plant.settings"]
        limit_m = plant._get("max_drop_m")
        rows = self._box_rows(question, limit_m)
        naps = self.env["isp.nap"].browse([row[0] for row in rows if row[0]])
        codes = {nap.id: nap.code for nap in naps}
        codes[None] = self.env["isp.splitter"].browse(question["splitter_id"] or []).code or ""
        losses, slack = plant._losses(), plant._get("drop_slack")
        needed_db = plant._get("margin_db")
        candidates = []
        for nap_id, state, metres, total, free, port_id, margin in rows:
            candidate = {
                "nap_id": nap_id,
                "distance_m": metres,
                "free_ports": free,
                "splitter_port_id": port_id,
            }
            if margin is not None:
                candidate["budget_margin_db"] = float(margin) - optical.drop_loss_db(
                    metres, slack, losses=losses
                )
            candidate["verdict"] = self._verdict(state, metres, limit_m, total, free, port_id)
            if candidate["verdict"] == "ok" and candidate["budget_margin_db"] < needed_db:
                candidate["verdict"] = "optical"
            candidate["detail"] = self._fiber_detail(candidate, codes[nap_id], limit_m, needed_db)
            candidates.append(candidate)
        return candidates

    @api.model
    def _verdict(self, state, metres, limit_m, total, free, port_id):
        if metres > limit_m:
            return "too_far"
        if state == "project":
            return "project"
        if not total:
            return "no_ports"
        if not free:
            return "box_full"
        return "ok" if port_id else "pon_full"

    @api.model
    def _fiber_detail(self, candidate, code, limit_m, needed_db):
        values = {
            "box": code,
            "metres": round(candidate["distance_m"]),
            "limit": round(limit_m),
            "margin": candidate.get("budget_margin_db", 0.0),
            "needed": needed_db,
        }
        texts = {
            "ok": self.env._(
                "%(box)s at %(metres)s m has a free port and %(margin).1f dB of margin.",
                **values,
            ),
            "optical": self.env._(
                "At %(box)s the optical margin would be %(margin).1f dB and %(needed).1f "
                "are needed.",
                **values,
            ),
            "pon_full": self.env._(
                "%(box)s has free ports, but its PON port has no ONU place left.",
                **values,
            ),
            "box_full": self.env._("%(box)s has no free port.", **values),
            "project": self.env._("%(box)s is still in project.", **values),
            "too_far": self.env._(
                "The nearest box, %(box)s, is at %(metres)s m and the limit is %(limit)s m.",
                **values,
            ),
            "no_ports": self.env._("%(box)s has no splitter yet.", **values),
        }
        return texts[candidate["verdict"]]

    @api.model
    def _box_rows(self, question, limit_m):
        """:return: rows ``(nap, state, metres, ports, free, best port, margin before the
        drop)``, nearest first; when none is within the limit, the nearest one alone."""
        self.env.flush_all()
        now = fields.Datetime.now()
        here = question["latitude"], question["longitude"]
        scope = SQL("sp.nap_id = box.id")
        if question["splitter_id"] or question["nap_id"]:
            box = self.env["isp.nap"].browse(question["nap_id"] or [])
            if not box:
                splitter = self.env["isp.splitter"].browse(question["splitter_id"])
                box = splitter.nap_id
            metres = 0.0
            if geo.has_position(*here) and geo.has_position(box.latitude, box.longitude):
                metres = geo.mercator_distance_m(*here, box.latitude, box.longitude)
            near = SQL(
                "VALUES (%s::int, %s, %s::float8)",
                box.id or None,
                box.state or None,
                metres,
            )
            if question["splitter_id"]:
                scope = SQL("sp.splitter_id = %s", question["splitter_id"])
            return self._query_boxes(near, scope, now)
        x, y = geo.mercator(*here)
        scale = geo.mercator_scale(here[0])
        values = {
            "x": x,
            "y": y,
            "scale": scale,
            "company": question["company_id"],
        }
        near = SQL(
            """
            SELECT id, state, (geo <-> point(%(x)s, %(y)s)) * %(scale)s
              FROM isp_nap
             WHERE active AND company_id = %(company)s
               AND geo <@ circle(point(%(x)s, %(y)s), %(radius)s)
             ORDER BY geo <-> point(%(x)s, %(y)s) LIMIT %(limit)s
            """,
            radius=limit_m / scale,
            limit=NEAREST,
            **values,
        )
        rows = self._query_boxes(near, scope, now)
        if not rows:
            nearest = SQL(
                """
                SELECT id, state, (geo <-> point(%(x)s, %(y)s)) * %(scale)s
                  FROM isp_nap
                 WHERE active AND company_id = %(company)s AND geo IS NOT NULL
                 ORDER BY geo <-> point(%(x)s, %(y)s) LIMIT 1
                """,
                **values,
            )
            rows = self._query_boxes(nearest, scope, now)
        return rows

    @api.model
    def _query_boxes(self, near, scope, now):
        return self.env.execute_query(
            SQL(
                BOXES,
                near=near,
                scope=scope,
                lendable=lendable_sql(now, "sp"),
                now=now,
            )
        )
