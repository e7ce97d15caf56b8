from odoo import api, fields, models

from odoo.addons.silver_provisioning.models.isp_contract_diagnosis import note


class IspContract(models.Model):
    _name = "isp.contract"
    _inherit = ["isp.contract", "isp.signal.mixin"]

    signal_ids = fields.One2many("isp.onu.signal", "contract_id", string="Signals")

    def _signal_onus(self):
        return {contract._origin.id: contract.onu_id for contract in self if contract.onu_id}

    @api.model
    def _signal_onu_path(self):
        return "onu_id"

    @api.depends("onu_id")
    def _compute_signal_id(self):
        super()._compute_signal_id()

    def _diagnose_onu(self):
        """Adds what the last reading of the OLT says; alone when the OLT is not asked now."""
        lines = super()._diagnose_onu()
        signal = self.signal_id
        if signal and (signal.phase == "working" or not lines):
            lines.append(note(*self._diagnose_signal(signal)))
        return lines

    def _diagnose_signal(self, signal):
        """:return: (level, text) of what the OLT shows of the ONU"""
        if signal.phase != "working":
            texts = {
                "dyinggasp": self.env._("The ONU has no power at the customer's"),
                "los": self.env._("No light reaches the ONU: the fibre is cut or unplugged"),
            }
            text = texts.get(signal.phase) or self.env._("The ONU is not on line")
            if signal.down_since:
                text = self.env._(
                    "%(what)s, since %(date)s.",
                    what=text,
                    date=self._moment_text(signal.down_since),
                )
            return "error", text
        values = {"rx": f"{signal.rx_dbm:.1f}"}
        if signal.level in ("weak", "critical"):
            return "warning", self.env._(
                "The ONU is on line, but its signal is weak: %(rx)s dBm.", **values
            )
        if signal.level == "strong":
            return "warning", self.env._(
                "The ONU is on line, but it gets too much light: %(rx)s dBm.", **values
            )
        if signal.level == "none":
            return "ok", self.env._("The ONU is on line.")
        return "ok", self.env._("The ONU is on line with %(rx)s dBm.", **values)

    def action_view_signal(self):
        """Open what is known of its ONU on the network."""
        self.ensure_one()
        return self.signal_id.get_formview_action()
