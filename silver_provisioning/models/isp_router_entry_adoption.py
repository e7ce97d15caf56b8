import re
import time

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import mute_logger

from .isp_radius_user import USERNAME
from .isp_router_entry_matching import SERVED

AT_ONCE = 50  # rows that are taken over while somebody waits
CHUNK = 100  # rows of one transaction in the background
CRON_SECONDS = 60


class IspRouterEntry(models.Model):
    """Taking over what is there: the contract learns from the router, never the reverse.

    PPP user, password and address become the contract's; then its target is marked, and the next
    reconcile finds the router equal or changes what differs. Nothing is deleted and made again.
    """

    _inherit = "isp.router.entry"

    def action_adopt(self):
        """Take these rows over; a few at once, many in the background. RPC-callable, repeatable.

        A row that cannot be taken over keeps the reason; the others go on.

        :return: a notification for the web client
        :raise UserError: when Silver does not configure the router
        """
        self.check_access("write")
        self._check_modes()
        rows = self.filtered(lambda row: row.active and not row.ignored)
        if len(rows) > AT_ONCE:
            rows.sudo().write({"adopt_requested": True, "adopted_by_id": self.env.uid})
            self.env.ref("silver_provisioning.ir_cron_router_entries").sudo()._trigger()
            return self._tell(
                self.env._("%(count)s are taken over in the background.", count=len(rows))
            )
        rows.sudo().adopted_by_id = self.env.user
        rows._adopt_rows()
        bad = rows.filtered("error")
        if not bad:
            return self._tell(self.env._("%(count)s taken over.", count=len(rows)), "success")
        return self._tell(
            self.env._(
                "%(done)s taken over, %(bad)s not: the reason is in each row.",
                done=len(rows) - len(bad),
                bad=len(bad),
            ),
            "warning",
        )

    def action_take_off(self):
        """Take what a cancelled contract left there off the router, after commit.

        :raise UserError: for rows of somebody who is still a customer
        """
        self.check_access("write")
        self._check_modes()
        self.sudo()._match()
        staying = self.filtered(lambda row: row.verdict != "ended")
        if staying:
            raise UserError(
                self.env._(
                    "%(names)s: only what a cancelled contract left behind can be taken off here.",
                    names=", ".join(staying[:5].mapped("label")),
                )
            )
        Target = self.env["isp.provisioning.target"].sudo()
        for nas, rows in self.sudo().grouped("nas_id").items():
            device = self.env["isp.provisioning.device"]._of("mikrotik", nas)[nas.id]
            contracts = rows.contract_id
            known = Target.search(
                [("device_id", "=", device.id), ("contract_id", "in", contracts.ids)]
            )
            if missing := contracts - known.contract_id:
                Target._mark_new([("mikrotik", device.id, c.id) for c in missing], missing)
                Target.invalidate_model()
            rows._claim(device)
        Target._mark(self.sudo().contract_id)
        return self._tell(self.env._("It is taken off the router now."))

    def _check_modes(self):
        idle = self.nas_id.filtered(lambda nas: nas.provisioning_mode == "off")
        if idle:
            raise UserError(
                self.env._(
                    "%(names)s: say first, under Customers, that Silver configures it or only "
                    "shows what would change.",
                    names=", ".join(idle.mapped("display_name")),
                )
            )

    @api.model
    def _tell(self, message, kind="info"):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": kind,
                "message": message,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    @api.model
    def _cron_work(self):
        """Read the routers that were asked for, then take over what was chosen, a chunk at a time,
        each in its own transaction."""
        deadline = time.monotonic() + CRON_SECONDS
        looked = self.env["isp.nas"]._cron_look(deadline)
        left = 0 if looked else 1
        while time.monotonic() < deadline:
            rows = self.search([("adopt_requested", "=", True)], limit=CHUNK, order="id")
            if not rows:
                break
            rows._adopt_rows()
            left += self.search_count([("adopt_requested", "=", True)])
            if not self.env["ir.cron"]._commit_progress(len(rows), remaining=left):
                break
            left = 0 if looked else 1

    # === one chunk === #

    def _adopt_rows(self):
        """Take rows over, each in a savepoint: one that cannot be keeps its reason."""
        rows = self.sudo().with_context(isp_marks_later=True)
        rows.filtered("adopt_requested").adopt_requested = False
        rows._match()
        failed = rows.filtered("error")
        users = rows._known_users()
        good = rows.browse()
        for row in rows:
            try:
                with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                    taken = row._adopt_one(users)
                if row in failed:
                    row.error = False
                if taken is not None:
                    good |= row
            except UserError as error:
                row.error = str(error)
            except psycopg2.IntegrityError as error:
                row.error = self.env._(
                    "The database refused it: %s", error.diag.message_primary or ""
                )
        rows.with_context(isp_marks_later=False)._adopted(good.with_context(isp_marks_later=False))
        return good

    def _adopted(self, good):
        """Mark the contracts of rows that were taken over, once for all of them."""
        contracts = good.contract_id
        contracts._provision()
        for nas, rows in good.grouped("nas_id").items():
            device = self.env["isp.provisioning.device"]._of("mikrotik", nas)[nas.id]
            rows._claim(device)
        good.write({"adopted_at": fields.Datetime.now()})
        bodies = {row.contract_id.id: row._log_text() for row in good}
        if bodies:
            contracts._message_log_batch(bodies=bodies)
        self._match()

    def _claim(self, device):
        """Keep that what bears these names on the router is of these contracts, mark or not."""
        Target = self.env["isp.provisioning.target"].sudo()
        known = Target._placed(device, self.contract_id)
        entries = {}
        for row in self:
            names = {
                "username": row.username or "",
                "address": (row.address_fixed and row.address) or "",
            }
            others = [
                place
                for place in known.get(row.contract_id.id, ())
                if any(place.get(name) != value for name, value in names.items())
            ]
            entries[row.contract_id.id] = [*others, {**names, "adopted": True}]
        Target._set_placed(device, entries)

    def _log_text(self):
        taken = ", ".join(filter(None, (self.username, self.address_fixed and self.address)))
        text = self.env._(
            "Taken over from the router %(router)s: %(what)s.",
            router=self.nas_id.name,
            what=taken or self.label,
        )
        if self.comment:
            text += " " + self.env._("There it was commented “%s”.", self.comment)
        return text

    def _known_users(self):
        """:return: ``{(server id or False, user name): isp.radius.user}`` of the names of these
        rows"""
        users = (
            self.env["isp.radius.user"]
            .sudo()
            .search(
                [
                    ("username", "in", list(filter(None, self.mapped("username")))),
                    ("company_id", "in", self.company_id.ids),
                ]
            )
        )
        return {(user.server_id.id, user.username): user for user in users}

    def _adopt_one(self, users):
        """Give the contract what the router holds for it.

        :return: True; None when it was so already
        :raise UserError: why it cannot be
        """
        if self.verdict == "equal":
            return None
        contract = self.contract_id
        if self.verdict in ("conflict", "ended"):
            raise UserError(self.explanation)
        if not contract or self.verdict in ("nobody", "ambiguous"):
            raise UserError(self.env._("Choose the contract it is of, in this row."))
        if contract.state not in SERVED:
            raise UserError(
                self.env._(
                    "%(contract)s is neither reserved nor in service: activate it first.",
                    contract=contract.display_name,
                )
            )
        self._take_address(contract)
        self._take_mac(contract)
        self._take_user(contract, users)
        return True

    def _take_address(self, contract):
        address = self.address_fixed and self.address
        held = (contract._ip_assignments()[contract.id]["ipv4"] or "").partition("/")[0]
        if not address or address == held:
            return
        contract.action_change_ip_address(
            address=address, reason=self.env._("taken over from the router %s", self.nas_id.name)
        )

    def _take_mac(self, contract):
        """The MAC of the equipment, where nobody had written it; with leases it has to be right."""
        item = contract._ip_item()
        needed = self.nas_id._customer_mode_of(contract) == "dhcp"
        if not self.mac or (item and item.mac == self.mac):
            return
        if item and not item.mac:
            owner = self.env["isp.equipment.mac"].search([("mac", "=", self.mac)], limit=1)
            if not owner:
                item.mac = self.mac
                return
            if needed:
                raise UserError(
                    self.env._(
                        "The MAC %(mac)s is that of %(item)s. %(where)s",
                        mac=self.mac,
                        item=owner.item_id.display_name,
                        where=owner.item_id._where_it_is(),
                    )
                )
        if needed and not item:
            raise UserError(
                self.env._(
                    "%(contract)s has no equipment: give it the one with the MAC %(mac)s first, "
                    "because the router knows its customers by it.",
                    contract=contract.display_name,
                    mac=self.mac,
                )
            )
        if needed:
            raise UserError(
                self.env._(
                    "The router lends to the MAC %(mac)s, and %(item)s of %(contract)s has "
                    "%(other)s: correct the equipment first.",
                    mac=self.mac,
                    item=item.display_name,
                    contract=contract.display_name,
                    other=item.mac,
                )
            )

    def _take_user(self, contract, users):
        """PPP user and password: kept by the router itself, or by RADIUS where it asks there."""
        if not self.username:
            return
        if not re.fullmatch(USERNAME, self.username):
            raise UserError(
                self.env._(
                    "“%(name)s” cannot be a PPP user in Silver: 1 to 63 letters, digits or . _ @ "
                    "+ - and a letter or digit first. Rename it on the router and look again.",
                    name=self.username,
                )
            )
        nas = self.nas_id
        server = self.env["isp.radius.server"]
        if not nas._keeps_users(contract):
            server = server._of_contracts(contract).get(contract.id, server)
            if not server:
                raise UserError(
                    self.env._(
                        "%(router)s keeps no users of its own (see Customers on it), and there is "
                        "no RADIUS server for them.",
                        router=nas.display_name,
                    )
                )
        other = users.get((server.id, self.username))
        if other and other.contract_id != contract:
            raise UserError(
                self.env._(
                    "%(contract)s already has the PPP user %(name)s.",
                    contract=other.contract_id.display_name,
                    name=self.username,
                )
            )
        mine = contract.radius_user_ids[:1]
        password = self.password
        if not password and (not mine or mine.username != self.username):
            raise UserError(
                self.env._(
                    "The router does not show the password of %(name)s (its API user lacks the "
                    "policy sensitive, or it is empty): without it the customer would be cut.",
                    name=self.username,
                )
            )
        wanted = {"username": self.username, "server_id": server.id}
        if password:
            wanted["password"] = password
        if not mine:
            mine = mine.create({"contract_id": contract.id, **wanted})
        else:
            changed = {
                name: value
                for name, value in wanted.items()
                if (mine[name].id if name == "server_id" else mine[name]) != value
            }
            if changed:
                mine.write(changed)
        users[server.id, self.username] = mine
