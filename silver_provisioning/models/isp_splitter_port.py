from odoo import fields, models


class IspSplitterPort(models.Model):
    _inherit = "isp.splitter.port"

    release_ids = fields.One2many(
        "isp.provisioning.release",
        "splitter_port_id",
        string="Waiting for the Network",
        domain=[("state", "=", "waiting")],
    )

    def _refusal(self):
        waiting = self.sudo().release_ids[:1]
        if waiting and waiting._still_resting():
            return self.env._(
                "%(place)s waits for the network until %(when)s UTC at the latest: %(devices)s may "
                "still hold the service of %(contract)s.",
                place=self.display_name,
                when=fields.Datetime.to_string(waiting.held_until),
                devices=waiting.reason,
                contract=waiting.contract_id.name,
            )
        return super()._refusal()

    def action_offer_now(self):
        """Who offers it now does not wait for the network either."""
        self.release_ids.action_give_back()
        return super().action_offer_now()
