from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .. import geo, optical
from .isp_feasibility_candidate import RANK, VERDICTS
from .isp_lendable_mixin import lendable_sql

#: which plant each access technology of a plan can run on
MEDIA = {
    "fiber": ("fiber",),
    "wireless": ("wireless",),
    "pppoe": ("fiber", "wireless"),
    "dhcp": ("fiber", "wireless"),
    "any": ("fiber", "wireless"),
}

#: how many of the nearest boxes are looked at
NEAREST = 40

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
                            WHERE o.port_id = pon.id AND o.splitter_port_id IS NULL)
                OR EXISTS (SELECT 1 FROM isp_splitter_port e
                            WHERE e.pon_id = pon.id AND e.state = 'reserved'
                              AND e.reserved_until <= %(now)s))
         ORDER BY margin DESC, sp.number
         LIMIT 1
     ) best ON true
     ORDER BY box.d
"""


class IspFeasibility(models.Model):
    """A stored answer to "can we connect this place?". Every "no" stays as unmet demand, with its
    coordinates and its reason: it is where to build next."""

    _name = "isp.feasibility"
    _description = "Feasibility"
    _inherit = ["isp.geo.mixin"]
    _order = "create_date desc, id desc"
    _check_company_auto = True

    partner_id = fields.Many2one(
        "res.partner", string="Customer", index="btree_not_null", readonly=True
    )
    technology = fields.Selection(
        [
            ("any", "Any"),
            ("fiber", "Fibre"),
            ("wireless", "Wireless"),
            ("pppoe", "PPPoE"),
            ("dhcp", "DHCP"),
        ],
        default="any",
        required=True,
        readonly=True,
    )
    feasible = fields.Boolean(readonly=True, index=True)
    reason_code = fields.Selection(VERDICTS, string="Verdict", readonly=True)
    reason = fields.Char(readonly=True)
    nap_id = fields.Many2one(
        "isp.nap", string="Box", readonly=True, index="btree_not_null", ondelete="cascade"
    )
    splitter_id = fields.Many2one(
        "isp.splitter", readonly=True, index="btree_not_null", ondelete="cascade"
    )
    splitter_port_id = fields.Many2one(
        "isp.splitter.port", string="Splitter port", readonly=True, ondelete="set null"
    )
    sector_id = fields.Many2one("isp.sector", string="Sector", readonly=True, ondelete="set null")
    base_station_id = fields.Many2one(
        "isp.base.station",
        string="Base station",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    drop_m = fields.Float(
        string="Drop (m)",
        digits=(10, 1),
        readonly=True,
        help="Straight line from the box.",
    )
    budget_margin_db = fields.Float(
        string="Optical margin (dB)",
        digits=(6, 2),
        readonly=True,
        help="What would be received above what the ONU hears.",
    )
    candidate_ids = fields.One2many("isp.feasibility.candidate", "feasibility_id", readonly=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        readonly=True,
        default=lambda self: self.env.company,
    )
    active = fields.Boolean(default=True, help="Off once the place has been asked again.")

    def init(self):
        self._init_geo_index()

    @api.depends("reason_code", "nap_id", "sector_id", "latitude", "longitude")
    def _compute_display_name(self):
        labels = dict(self._fields["reason_code"]._description_selection(self.env))
        for answer in self:
            place = (
                answer.nap_id.code
                or answer.sector_id.name
                or f"{answer.latitude:.5f}, {answer.longitude:.5f}"
            )
            answer.display_name = f"{place}: {labels.get(answer.reason_code, '')}"

    @api.model
    def check(
        self,
        latitude=None,
        longitude=None,
        nap_id=None,
        splitter_id=None,
        technology=None,
        partner_id=None,
    ):
        """Answer whether a place can be connected, and keep the answer.

        Give coordinates (WGS84 degrees), a box, a splitter, or a customer whose address has
        coordinates.

        :param technology: access technology of the plan: fiber, wireless, pppoe, dhcp or any
        :return: isp.feasibility, one record: ``feasible``, ``reason``, ``splitter_port_id`` or
            ``sector_id``, ``drop_m``, ``budget_margin_db``; the port is not reserved
        :raise UserError: when the question makes no sense
        """
        question = self._question(latitude, longitude, nap_id, splitter_id, technology, partner_id)
        return self.create(self._answer(question))

    def action_recheck(self):
        """Ask again about each place; the old answers are archived.

        :return: the new answers
        """
        answers = self.browse()
        for old in self:
            asked_box = not geo.has_position(old.latitude, old.longitude)
            answers |= self.check(
                latitude=old.latitude,
                longitude=old.longitude,
                nap_id=asked_box and old.nap_id.id,
                splitter_id=asked_box and not old.nap_id and old.splitter_id.id,
                technology=old.technology,
                partner_id=old.partner_id.id,
            )
        self.sudo().active = False
        return answers

    def action_recheck_open(self):
        """Ask again and show the new answer."""
        self.ensure_one()
        return self.action_recheck()._show()

    def _show(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    # === question === #

    @api.model
    def _question(self, latitude, longitude, nap_id, splitter_id, technology, partner_id):
        """:return: the question as values of this model, checked."""
        technology = technology or "any"
        if technology not in MEDIA:
            raise UserError(
                self.env._(
                    "There is no access technology “%(technology)s”. Use one of: %(known)s.",
                    technology=technology,
                    known=", ".join(sorted(MEDIA)),
                )
            )
        nap = self._existing("isp.nap", nap_id)
        splitter = self._existing("isp.splitter", splitter_id)
        partner = self._existing("res.partner", partner_id)
        try:
            latitude, longitude = float(latitude or 0.0), float(longitude or 0.0)
        except (TypeError, ValueError):
            raise UserError(self.env._("Latitude and longitude are numbers of degrees.")) from None
        if not (nap or splitter or geo.has_position(latitude, longitude)):
            latitude, longitude = partner.partner_latitude, partner.partner_longitude
        if not (nap or splitter or geo.has_position(latitude, longitude)):
            raise UserError(
                self.env._("Give the coordinates of the place, or the box or splitter to look at.")
            )
        error = self._position_error(latitude, longitude)
        if error:
            raise UserError(error)
        return {
            "latitude": latitude,
            "longitude": longitude,
            "nap_id": nap.id,
            "splitter_id": splitter.id,
            "technology": technology,
            "partner_id": partner.id,
            "company_id": self.env.company.id,
        }

    @api.model
    def _existing(self, model, record_id):
        record = self.env[model].browse(record_id or []).exists()
        if record_id and not record:
            raise UserError(
                self.env._(
                    "There is no %(what)s with id %(id)s.",
                    what=self.env[model]._description,
                    id=record_id,
                )
            )
        return record

    # === answer === #

    @api.model
    def _answer(self, question):
        """:return: values of the stored answer."""
        candidates = []
        box_only = question["nap_id"] or question["splitter_id"]
        media = MEDIA[question["technology"]]
        if "fiber" in media or box_only:
            candidates += self._fiber_candidates(question)
        if "wireless" in media and not box_only:
            candidates += self._wireless_candidates(question)
        for sequence, candidate in enumerate(candidates):
            candidate["sequence"] = sequence
        best = min(
            candidates,
            key=lambda candidate: RANK[candidate["verdict"]],
            default={"verdict": "none", "detail": self._nothing(media)},
        )
        port = self.env["isp.splitter.port"].browse(best.get("splitter_port_id") or [])
        feasible = best["verdict"] == "ok"
        return {
            **question,
            "feasible": feasible,
            "reason_code": best["verdict"],
            "reason": best["detail"],
            "nap_id": best.get("nap_id") or question["nap_id"],
            "splitter_id": port.splitter_id.id or question["splitter_id"],
            "splitter_port_id": port.id if feasible else False,
            "sector_id": best.get("sector_id"),
            "drop_m": best.get("distance_m", 0.0),
            "budget_margin_db": best.get("budget_margin_db", 0.0),
            "base_station_id": self._nearest_base(question, best).id,
            "candidate_ids": [fields.Command.create(candidate) for candidate in candidates],
        }

    @api.model
    def _nothing(self, media):
        if media == ("wireless",):
            return self.env._("There is no sector of ours with a known position.")
        return self.env._("There is no box of ours with a known position.")

    @api.model
    def _nearest_base(self, question, best):
        base = (
            self.env["isp.nap"].browse(best.get("nap_id") or []).base_station_id
            or self.env["isp.sector"].browse(best.get("sector_id") or []).base_station_id
        )
        here = question["latitude"], question["longitude"]
        if base or not geo.has_position(*here):
            return base
        bases = self.env["isp.base.station"].search([("company_id", "=", question["company_id"])])
        return min(
            bases.filtered(lambda b: geo.has_position(b.latitude, b.longitude)),
            key=lambda b: geo.distance_m(*here, b.latitude, b.longitude),
            default=base,
        )

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

    @api.model
    def _wireless_candidates(self, question):
        here = question["latitude"], question["longitude"]
        sectors = self.env["isp.sector"].search([("company_id", "=", question["company_id"])])
        open_sectors = (
            self.env["isp.sector.slot"]
            .search([("sector_id", "in", sectors.ids), ("lendable", "=", True)])
            .sector_id
        )
        candidates = []
        for sector in sectors:
            base = sector.base_station_id
            place = base.latitude, base.longitude
            if not geo.has_position(*place):
                continue
            metres = geo.distance_m(*place, *here)
            verdict = "ok"
            if metres > sector.max_range_m:
                verdict = "too_far"
            elif not geo.in_beam(geo.bearing_deg(*place, *here), sector.azimuth, sector.beam_width):
                verdict = "out_of_beam"
            elif sector not in open_sectors or sector.state in ("offline", "maintenance"):
                verdict = "sector_full"
            candidates.append(
                {
                    "sector_id": sector.id,
                    "distance_m": metres,
                    "verdict": verdict,
                    "detail": self._wireless_detail(verdict, sector, metres),
                }
            )
        candidates.sort(key=lambda c: (RANK[c["verdict"]], c["distance_m"]))
        return candidates[:NEAREST]

    @api.model
    def _wireless_detail(self, verdict, sector, metres):
        values = {
            "sector": sector.name,
            "metres": round(metres),
            "range": sector.max_range_m,
            "limit": sector.max_clients,
        }
        texts = {
            "ok": self.env._("%(sector)s at %(metres)s m has room.", **values),
            "sector_full": self.env._(
                "%(sector)s takes no more clients (limit %(limit)s).", **values
            ),
            "too_far": self.env._(
                "%(sector)s is at %(metres)s m and reaches %(range)s m.", **values
            ),
            "out_of_beam": self.env._("%(sector)s does not look towards the place.", **values),
        }
        return texts[verdict]
