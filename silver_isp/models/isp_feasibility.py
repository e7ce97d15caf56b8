from odoo import api, fields, models
from odoo.exceptions import UserError

from .. import geo
from .isp_feasibility_candidate import RANK, VERDICTS

#: which plant each access technology of a plan can run on
MEDIA = {
    "fiber": ("fiber",),
    "wireless": ("wireless",),
    "pppoe": ("fiber", "wireless"),
    "dhcp": ("fiber", "wireless"),
    "any": ("fiber", "wireless"),
}

#: how many of the nearest boxes and sectors are looked at
NEAREST = 40


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

    # === answer (candidates: isp_feasibility_fiber.py, isp_feasibility_wireless.py) === #

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
