from odoo import api, fields, models


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

    def network_diagnosis(self):
        """Begins with what comes before any login: the plant and the ONU."""
        self.ensure_one()
        self.check_access("read")
        lines = []
        outage = self.outage_id
        if outage:
            lines.append(
                self._monitoring_note(
                    "error",
                    self.env._(
                        "There is an outage at %(place)s since %(date)s.",
                        place=outage.place_name,
                        date=self._monitoring_date(outage.date_start),
                    ),
                )
            )
        signal = self.signal_id
        if signal:
            lines.append(self._monitoring_note(*self._diagnose_signal(signal)))
        return lines + super().network_diagnosis()

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
                    date=self._monitoring_date(signal.down_since),
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

    @api.model
    def _monitoring_note(self, level, text):
        return {"level": level, "text": text}

    @api.model
    def _monitoring_date(self, moment):
        local = fields.Datetime.context_timestamp(self, moment)
        return local.strftime("%d/%m/%Y %H:%M")

    def action_view_signal(self):
        """Open what is known of its ONU on the network."""
        self.ensure_one()
        return self.signal_id.get_formview_action()
