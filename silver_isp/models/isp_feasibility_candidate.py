from odoo import api, fields, models

#: nearest to a yes first: the best verdict among the candidates is the answer
VERDICTS = [
    ("ok", "Yes"),
    ("optical", "Light does not reach"),
    ("pon_full", "PON port full"),
    ("box_full", "No free port"),
    ("sector_full", "Sector full"),
    ("project", "Still in project"),
    ("too_far", "Too far"),
    ("out_of_beam", "Outside the beam"),
    ("no_ports", "No splitter in the box"),
    ("none", "Nothing near"),
]
RANK = {code: rank for rank, (code, _label) in enumerate(VERDICTS)}


class IspFeasibilityCandidate(models.Model):
    """One box or sector that was looked at for an answer, and what was wrong with it."""

    _name = "isp.feasibility.candidate"
    _description = "Candidate of a feasibility answer"
    _order = "feasibility_id, sequence, id"

    feasibility_id = fields.Many2one(
        "isp.feasibility", required=True, index=True, ondelete="cascade"
    )
    sequence = fields.Integer()
    verdict = fields.Selection(VERDICTS, required=True)
    nap_id = fields.Many2one("isp.nap", string="Box", ondelete="cascade")
    splitter_port_id = fields.Many2one("isp.splitter.port", string="Best port", ondelete="set null")
    sector_id = fields.Many2one("isp.sector", string="Sector", ondelete="cascade")
    distance_m = fields.Float(string="Distance (m)", digits=(10, 1))
    free_ports = fields.Integer()
    budget_margin_db = fields.Float(string="Margin (dB)", digits=(6, 2))
    detail = fields.Char()

    @api.depends("verdict", "nap_id", "sector_id")
    def _compute_display_name(self):
        labels = dict(self._fields["verdict"]._description_selection(self.env))
        for candidate in self:
            place = candidate.nap_id.code or candidate.sector_id.name or ""
            candidate.display_name = f"{place}: {labels.get(candidate.verdict, '')}"
