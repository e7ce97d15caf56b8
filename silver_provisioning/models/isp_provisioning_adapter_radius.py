from collections import defaultdict

from odoo import api, models

from ..drivers.base import SecretText
from ..drivers.radius_policy import (
    RadiusClient,
    RadiusGroup,
    RadiusUser,
    login_part,
    rate_limit,
)
from ..drivers.radius_sql import RadiusSql


class IspProvisioningAdapterRadius(models.AbstractModel):
    """Customers, plans and routers as FreeRADIUS should hold them."""

    _name = "isp.provisioning.adapter.radius"
    _inherit = "isp.provisioning.adapter"
    _description = "Provisioning adapter for RADIUS"

    @api.model
    def _devices(self, contracts):
        users = contracts.radius_user_ids.filtered("server_id")
        devices = self.env["isp.provisioning.device"]._of("radius", users.server_id)
        return {user.contract_id.id: devices[user.server_id.id] for user in users}

    @api.model
    def _desired(self, device, contracts):
        server = device._record()
        users = contracts.sudo().radius_user_ids
        addresses = contracts.sudo()._ip_assignments()
        desired = dict.fromkeys(contracts.ids)
        for user in users:
            contract = user.contract_id
            ips = addresses.get(contract.id) or {}
            here = user.server_id == server
            desired[contract.id] = RadiusUser(
                username=user.username,
                password=SecretText(user.password or ""),
                status=user._status() if here else "absent",
                group=contract.product_id._radius_group_name(),
                group_by_hand=bool(contract.product_id.radius_group),
                suspended_group=server.suspended_group or "suspended",
                throttled_group=server._throttled_group(),
                ipv4=(ips.get("ipv4") or "").partition("/")[0],
                ipv6_prefix=ips.get("ipv6_prefix") or "",
                written=server.sql_mode == "tables",
            )
        return desired

    @api.model
    def _shared(self, device):
        server = device._record()
        shared = {}
        interim = ("Acct-Interim-Interval", str(server.interim_interval or ""))
        plans = self.env["product.product"].search(
            [("is_isp_plan", "=", True), ("company_id", "in", [False, server.company_id.id])]
        )
        rates = plans._isp_rates()
        for plan in plans:
            if plan.download_mbps > 0 and plan.upload_mbps > 0:
                name = plan._radius_group_name()
                shared[f"group {name}"] = RadiusGroup(
                    name, (("Mikrotik-Rate-Limit", rate_limit(rates[plan.id])), interim)
                )
        profile = server.suspended_group or "suspended"
        reply = (
            ("Mikrotik-Rate-Limit", server.suspended_rate or ""),
            ("Mikrotik-Address-List", server.suspended_address_list or ""),
            ("Framed-Pool", server.suspended_pool or ""),
            ("Session-Timeout", str(server.suspended_session_timeout or "")),
            interim,
        )
        shared[f"group {profile}"] = RadiusGroup(profile, reply)
        slow = server._throttled_group()
        reply = (("Mikrotik-Rate-Limit", server.throttled_rate or ""), interim)
        shared[f"group {slow}"] = RadiusGroup(slow, reply)
        shared |= {f"router {client.address}": client for client in self._clients(server)}
        return shared

    @api.model
    def _clients(self, server):
        """The routers that may ask this server; of two with one address, the first."""
        found = {}
        for nas in server._served_nas().sudo():
            if nas.management_address and nas.radius_secret:
                found.setdefault(
                    nas.management_address,
                    RadiusClient(
                        nas.management_address,
                        nas.nas_identifier or nas.name,
                        SecretText(nas.radius_secret),
                    ),
                )
        return found.values()

    @api.model
    def _driver(self, device):
        return RadiusSql(device._record()._sql_endpoint())

    @api.model
    def _known(self, device):
        return {name for (name,) in self.env["isp.radius.user"]._read_group([], ["username"])}

    @api.model
    def _facts(self, driver):
        # read after the changes: sessions up to this number may have been opened before them
        return driver.last_session_id()

    @api.model
    def _settle(self, device, desired, results, facts):
        """Remember the policy each user has now, and ask for the sessions on older terms to go."""
        users = self.env["isp.radius.user"].search(
            [
                ("contract_id", "in", list(desired)),
                # who moved to another server has the policy and the numbers of that one
                ("server_id", "in", [device.res_id, False]),
            ]
        )
        changed = defaultdict(lambda: self.env["isp.radius.user"])
        for user in users:
            value = desired[user.contract_id.id]
            steps = results[user.contract_id.id].steps
            if user.policy != value.policy or any(step.target != "radcheck" for step in steps):
                changed[value.policy, self._speed_only(user.policy, value, steps)] |= user
        touched = self.env["isp.radius.user"]
        for (policy, speed_only), group in changed.items():
            if speed_only:
                group.write({"policy": policy})
                group._set_rate_marks([(user.id, facts) for user in group])
            else:
                group.write({"policy": policy, "policy_mark": facts})
            touched |= group
        self.env["isp.provisioning.target"]._requeue(touched.contract_id, "coa")

    @api.model
    def _speed_only(self, before, value, steps):
        """:return: whether a running session can be brought to the new terms: the speed alone is
        other. After a repair of what somebody changed by hand it has to log in again: nobody
        knows what it was told."""
        if not before or before == value.policy or login_part(before) != login_part(value.policy):
            return False
        return all(
            step.target in ("radcheck", "radusergroup")
            or (step.target == "radreply" and step_attribute(step) == "Class")
            for step in steps
        )


def step_attribute(step):
    """:return: the attribute that a step on radreply is about"""
    row = step.after if step.before is None else step.before.row
    return row.values[1]
