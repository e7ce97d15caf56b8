"""Feasibility by radio: which sector sees the place and has room."""

from odoo import api, models

from .. import geo
from .isp_feasibility import NEAREST
from .isp_feasibility_candidate import RANK


class IspFeasibility(models.Model):
    _inherit = "isp.feasibility"  # pylint: disable=consider-merging-classes-inherited

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
