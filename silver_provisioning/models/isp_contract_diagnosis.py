from odoo import fields, models

from ..drivers.base import DriverError
from ..drivers.radius_sql import RadiusSql


class IspContract(models.Model):
    """ "Why can this customer not connect?", answered in plain words."""

    _inherit = "isp.contract"

    def network_diagnosis(self):
        """Look at everything a login needs, in the order in which it is needed.

        Reads the RADIUS database now; changes nothing.

        :return: list of dicts ``level`` (ok, warning, error) and ``text``
        """
        self.ensure_one()
        self.check_access("read")
        contract = self.sudo()
        lines = [contract._diagnose_state(), *contract._diagnose_targets()]
        user = contract.radius_user_ids[:1]
        if not user:
            lines.append(
                note(
                    "error", self.env._("There is no RADIUS user: the contract was not activated.")
                )
            )
            return lines
        lines += contract._diagnose_address()
        lines += contract._diagnose_radius(user)
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

    def _diagnose_targets(self):
        lines = []
        for target in self.target_ids:
            name = target.device_id.name
            if target.state == "pending":
                text = self.env._(
                    "%(device)s: the last change has not arrived yet. %(error)s",
                    device=name,
                    error=target.last_error or target.device_id.last_error or "",
                )
                lines.append(note("warning", text.strip()))
            elif target.state != "in_sync":
                lines.append(
                    note(
                        "error",
                        self.env._(
                            "%(device)s: needs attention. %(error)s",
                            device=name,
                            error=target.last_error or "",
                        ),
                    )
                )
        return lines

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
            return [note("error", str(error))]
        lines = []
        if steps:
            lines.append(
                note(
                    "error",
                    self.env._(
                        "RADIUS does not hold what the contract says: %(steps)s",
                        steps="; ".join(step.summary for step in steps),
                    ),
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
                        since=session.started and session.started.strftime("%Y-%m-%d %H:%M UTC"),
                        router=session.nas_address,
                        address=session.framed_ip or "-",
                    ),
                )
            )
        if not sessions:
            seen = user.last_seen and fields.Datetime.to_string(user.last_seen)
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
        when = moment.strftime("%Y-%m-%d %H:%M:%S UTC")
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


def note(level, text):
    return {"level": level, "text": text}
