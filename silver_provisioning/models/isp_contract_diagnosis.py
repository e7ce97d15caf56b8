from odoo import fields, models
from odoo.tools import format_datetime

from ..drivers.base import DriverError
from ..drivers.radius_sql import RadiusSql
from .driver_texts import spoken
from .isp_radius_session import utc

#: A date and time inside a sentence.
MOMENT = "dd/MM/yyyy HH:mm"


class IspContract(models.Model):
    """ "Why can this customer not connect?", answered in plain words."""

    _inherit = "isp.contract"

    def network_diagnosis(self):
        """Look at everything a login needs, in the order in which it is needed.

        Reads the RADIUS database now; changes nothing.

        :return: list of dicts ``level`` (ok, warning, error), ``text`` (plain words, in the
            language of the reader) and ``detail`` (technical text, or an empty one)
        """
        self.ensure_one()
        self.check_access("read")
        contract = self.sudo()
        lines = [
            contract._diagnose_state(),
            *contract._diagnose_outage(),
            *contract._diagnose_access(),
            *contract._diagnose_targets(),
        ]
        user = contract.radius_user_ids[:1]
        if not user:
            lines.append(
                note(
                    "error", self.env._("There is no RADIUS user: the contract was not activated.")
                )
            )
            return lines
        lines += contract._diagnose_address()
        if user.server_id:
            lines += contract._diagnose_radius(user)
        else:
            lines.append(
                note(
                    "ok",
                    self.env._(
                        "The router itself keeps its PPPoE user %(name)s.", name=user.username
                    ),
                )
            )
        return lines

    def _diagnose_state(self):
        label = dict(self._fields["state"]._description_selection(self.env))[self.state]
        if self.state == "active":
            return note("ok", self.env._("The contract is active."))
        level = "warning" if self.state == "suspended" else "error"
        reasons = dict(self._fields["state_reason"]._description_selection(self.env))
        reason = reasons.get(self.state_reason)
        return note(
            level,
            self.env._(
                "The contract is not active: %(state)s%(reason)s.",
                state=label,
                reason=f" ({reason})" if reason else "",
            ),
        )

    def _diagnose_outage(self):
        outage = self._open_outages().get(self.id)
        if not outage:
            return []
        causes = dict(outage._fields["cause"]._description_selection(self.env))
        text = self.env._(
            "There is an outage at %(place)s since %(since)s (%(cause)s), and this customer is in "
            "it.",
            place=outage.place_name,
            since=self._moment_text(outage.date_start),
            cause=causes[outage.cause].lower(),
        )
        if outage.date_expected:
            text += " " + self.env._(
                "Expected back: %(when)s.", when=self._moment_text(outage.date_expected)
            )
        return [note("error", text)]

    def _diagnose_targets(self):
        lines = []
        for target in self.target_ids:
            device = target.device_id
            if not device.enabled and target.state == "pending":
                text = self.env._(
                    "%(device)s: it is switched off in Silver, so its changes wait.",
                    device=device.name,
                )
                lines.append(note("error", text))
            elif target.state == "pending":
                text = self.env._(
                    "%(device)s: the last change has not arrived yet, it waits since %(since)s.",
                    device=device.name,
                    since=self._moment_text(target.marked_at),
                )
                if target.reason and not device.failures:
                    text += " " + in_a_line(target.reason)
                lines.append(note("warning", text, target.last_error))
            elif target.state == "held":
                text = self.env._(
                    "%(device)s: somebody holds it, nothing is changed there until it is released.",
                    device=device.name,
                )
                lines.append(note("warning", text))
            elif target.state != "in_sync":
                text = self.env._(
                    "%(device)s: needs attention. %(reason)s",
                    device=device.name,
                    reason=in_a_line(target.reason),
                )
                lines.append(note("error", text.strip(), target.last_error))
            if device.failures:
                lines.append(self._diagnose_breaker(device))
        return lines

    def _diagnose_breaker(self, device):
        text = self.env._(
            "%(device)s does not answer (%(count)s times in a row, last at %(when)s). %(reason)s",
            device=device.name,
            count=device.failures,
            when=self._moment_text(device.last_error_at),
            reason=in_a_line(device.reason),
        ).strip()
        if device.breaker_until and device.breaker_until > fields.Datetime.now():
            text += " " + self.env._(
                "It is left alone until %(until)s.", until=self._moment_text(device.breaker_until)
            )
        return note("error", text, device.last_error)

    def _diagnose_access(self):
        """The port and the equipment, and what the OLT sees of them now."""
        if self.access_technology == "fiber":
            lines = [self._diagnose_fiber(), *self._diagnose_onu()]
        elif self.access_technology == "wireless":
            sector = self.sector_slot_id
            lines = [
                note("ok", self.env._("It hangs on %(place)s.", place=sector.display_name))
                if sector
                else note("error", self.env._("No sector was reserved for it."))
            ]
        else:
            lines = []
        equipment = self.onu_id.item_id | self.cpe_ids.item_id
        broken = equipment.filtered(lambda item: item.status in ("maintenance", "retired", "lost"))
        if broken:
            text = self.env._(
                "The books do not have this equipment at the customer's: %(items)s.",
                items=", ".join(broken.mapped("display_name")),
            )
            lines.append(note("warning", text))
        return lines

    def _diagnose_fiber(self):
        if not self.splitter_port_id:
            return note("error", self.env._("No splitter port was reserved for it."))
        if not self.onu_id:
            return note("error", self.env._("The contract has no ONU."))
        return note(
            "ok",
            self.env._(
                "ONU %(onu)s, splitter port %(splitter)s, PON port %(port)s.",
                onu=self.onu_id.display_name,
                splitter=self.splitter_port_id.display_name,
                port=self.olt_port_id.display_name or "-",
            ),
        )

    def _diagnose_onu(self):
        """Ask the OLT whether it sees the ONU; not one that is silent anyway."""
        target = self.target_ids.filtered(lambda target: target.kind == "olt")[:1]
        device = target.device_id
        if not target or device.failures or not device.enabled:
            return []
        adapter = device._adapter()
        try:
            desired = adapter._desired(device, self).get(self.id)
            service = getattr(desired, "current", None)
            if service is None:
                return []
            with adapter._driver(device) as driver:
                held = driver.inner.observe({"onu": service}).get("onu")
        except DriverError as error:
            return [self._driver_note(error)]
        if held is None:
            return [note("error", self.env._("The OLT does not have this ONU."))]
        phases = {
            "working": ("ok", self.env._("The OLT sees the ONU working.")),
            "los": (
                "error",
                self.env._(
                    "The OLT receives no light from the ONU: the fibre is cut, bent, dirty or "
                    "unplugged."
                ),
            ),
            "dyinggasp": (
                "error",
                self.env._("The ONU lost its power: ask the customer to plug it in."),
            ),
            "offline": ("error", self.env._("The OLT does not see the ONU: it is off.")),
        }
        return [note(*phases[held.phase])] if held.phase in phases else []

    def _driver_note(self, error):
        technical = f"{error}\n{error.detail}".strip()
        return note("error", spoken(self.env, technical), technical)

    def _moment_text(self, moment):
        return format_datetime(self.env, moment, dt_format=MOMENT) if moment else "-"

    def _diagnose_address(self):
        address = (self._ip_assignments().get(self.id) or {}).get("ipv4")
        if address:
            return [note("ok", self.env._("It has the address %(address)s.", address=address))]
        return [
            note("warning", self.env._("It has no address of its own: the router gives it one."))
        ]

    def _diagnose_radius(self, user):
        adapter = self.env["isp.provisioning.adapter.radius"]
        device = self.env["isp.provisioning.device"]._of("radius", user.server_id)[
            user.server_id.id
        ]
        driver = RadiusSql(user.server_id._sql_endpoint())
        desired = adapter._desired(device, self)
        try:
            with driver:
                steps = driver.plans(desired)[self.id]
                answers = driver.last_answers(user.username)
                sessions = driver.open_sessions([user.username])
        except DriverError as error:
            return [self._driver_note(error)]
        lines = []
        if steps:
            lines.append(
                note(
                    "error",
                    self.env._("RADIUS does not hold what the contract says."),
                    "\n".join(step.summary for step in steps),
                )
            )
        else:
            lines.append(note("ok", self.env._("RADIUS holds what the contract says.")))
        lines += self._diagnose_answers(answers, bool(steps))
        for session in sessions:
            lines.append(
                note(
                    "ok",
                    self.env._(
                        "Online since %(since)s on %(router)s, address %(address)s.",
                        since=self._moment_text(utc(session.started)),
                        router=session.nas_address,
                        address=session.framed_ip or "-",
                    ),
                )
            )
        if not sessions:
            seen = user.last_seen and self._moment_text(user.last_seen)
            lines.append(
                note(
                    "warning",
                    self.env._(
                        "Not online. Last seen: %(seen)s.", seen=seen or self.env._("never")
                    ),
                )
            )
        return lines

    def _diagnose_answers(self, answers, different):
        if not answers:
            return [
                note(
                    "warning",
                    self.env._(
                        "No login ever reached RADIUS: look at the router, the cable, the ONU."
                    ),
                )
            ]
        reply, moment = answers[0]
        when = self._moment_text(utc(moment))
        if reply == "Access-Accept":
            return [note("ok", self.env._("The last login was accepted (%(when)s).", when=when))]
        if different or self.state != "active":
            return [note("error", self.env._("The last login was refused (%(when)s).", when=when))]
        return [
            note(
                "error",
                self.env._(
                    "The last login was refused (%(when)s) although all is in order: the router of "
                    "the customer has another password, or another session is still open.",
                    when=when,
                ),
            )
        ]


def in_a_line(reason):
    return ". ".join(line.rstrip(".") for line in (reason or "").splitlines())


def note(level, text, detail=""):
    return {"level": level, "text": text, "detail": detail or ""}
