from odoo import api, models

from ..drivers.base import DriverError, Permanent, SecretText
from ..drivers.lines import LineDriver, Lines
from ..drivers.mikrotik import Lease, Pppoe, PppProfile, Queue, RouterService
from ..drivers.radius_policy import bits, rate_limit
from .isp_contract import DELIVERED

THROTTLED = "silver-throttle"  # PPP profile of who is suspended by a reduced speed
NO_MAC = "00:00:00:00:00:00"  # of a lease that is to be removed


class IspProvisioningAdapterMikrotik(models.AbstractModel):
    """The line of a customer as a RouterOS router should hold it."""

    _name = "isp.provisioning.adapter.mikrotik"
    _inherit = "isp.provisioning.adapter"
    _description = "Provisioning adapter for MikroTik routers"

    @api.model
    def _devices(self, contracts):
        # who buys hotspot tokens has no line of his own that a router could be told of
        delivered = contracts.filtered(
            lambda c: (
                c.state in DELIVERED and c._needs_router() and c.service_category != "hotspot"
            )
        )
        nas_of = {
            contract_id: nas
            for contract_id, nas in delivered._provisioning_nas().items()
            if nas.provisioning_mode != "off" and nas._provisioning_kind() == "mikrotik"
        }
        routers = self.env["isp.nas"].union(*nas_of.values())
        devices = self.env["isp.provisioning.device"]._of("mikrotik", routers)
        return {contract_id: devices[nas.id] for contract_id, nas in nas_of.items()}

    @api.model
    def _desired(self, device, contracts):
        nas = device._record()
        contracts = contracts.sudo()
        placed = self.env["isp.provisioning.target"]._placed(device, contracts)
        here = self._devices(contracts)
        addresses = contracts._ip_assignments()
        rates = contracts.product_id._isp_rates()
        taken = self._taken(device, contracts)
        self._fetch(contracts)
        desired = dict.fromkeys(contracts.ids)
        for contract in contracts:
            service = None
            if here.get(contract.id) == device:
                try:
                    service = self._service(
                        nas,
                        contract,
                        (addresses[contract.id]["ipv4"] or "").partition("/")[0],
                        rates[contract.product_id.id],
                    )
                except DriverError as error:
                    desired[contract.id] = error
                    continue
            old = placed.get(contract.id, [])
            kept = (_place(service),) if service else ()
            left = [place for place in old if place not in kept]
            if not service and not left:
                continue
            leaving = [
                self._gone(contract.name, place, service, taken)
                for place in left
                if not service or _names(place, service)
            ]
            if leaving and not service:
                # what carries the contract's own name goes once, with the last of them
                leaving[-1] = self._gone(contract.name, left[-1], None, taken, "absent")
            desired[contract.id] = Lines(
                current=service, leaving=tuple(leaving), places=(*kept, *left), kept=kept
            )
        return desired

    @api.model
    def _fetch(self, contracts):
        """Read at once what :meth:`_service` looks at: the first of several records has no
        siblings to be read with."""
        contracts.radius_user_ids.fetch(["username", "password", "server_id"])
        contracts.radius_user_ids.server_id.fetch(["suspend_mode"])
        (contracts.cpe_ids.item_id | contracts.onu_id.item_id).fetch(["mac"])

    @api.model
    def _service(self, nas, contract, address, rates):
        """:return: RouterService of a contract that is delivered by this router
        :raise DriverError: with what is missing"""
        mode = nas._customer_mode_of(contract)
        suspension = self._suspension(nas, contract, mode)
        slow = suspension == "throttle"
        pppoe = queue = lease = None
        if mode == "ppp":
            user = contract.radius_user_ids[:1]
            if not user:
                raise Permanent(f"{contract.name} has no PPPoE user yet.")
            pppoe = Pppoe(
                user.username,
                SecretText(user.password or ""),
                profile=THROTTLED if slow else contract.product_id._radius_group_name(),
                rate_limit=nas.throttled_rate if slow else rate_limit(rates),
            )
        elif not address:
            raise Permanent(
                f"{contract.name} has no IPv4 address, and the router {nas.name} knows customers "
                f"by theirs."
            )
        if mode in ("dhcp", "queue") and slow:
            upload, download = bits(nas.throttled_rate)
            queue = Queue(download // 1000, upload // 1000)
        elif mode in ("dhcp", "queue"):
            queue = Queue(
                rates.download_kbps,
                rates.upload_kbps,
                rates.burst_download_kbps,
                rates.burst_upload_kbps,
                rates.burst_threshold_download_kbps,
                rates.burst_threshold_upload_kbps,
                rates.burst_time_s,
                rates.priority,
            )
        if mode == "dhcp":
            mac = contract._ip_item().mac
            if not mac:
                raise Permanent(
                    f"The equipment of {contract.name} has no MAC address: the lease needs one."
                )
            lease = Lease(mac, nas.dhcp_server or "all")
        return RouterService(
            reference=contract.name,
            status="active" if contract.state == "active" else "suspended",
            address=address,
            pppoe=pppoe,
            queue=queue,
            lease=lease,
            suspension=suspension,
        )

    @api.model
    def _suspension(self, nas, contract, mode):
        """How a suspended contract is treated here: as it says itself, else as its RADIUS server
        does, else as the router's own settings say (empty)."""
        if contract.state != "suspended":
            return ""
        server = contract.radius_user_ids.server_id[:1]
        wanted = contract.suspension_mode or (
            "throttle" if server.suspend_mode == "throttle" else ""
        )
        if wanted == "throttle":
            # slow needs somebody who slows: the router's queue or profile, or RADIUS
            able = server if mode == "list" else nas.throttled_rate
            return "throttle" if able else ""
        return wanted

    @api.model
    def _gone(self, reference, place, service, taken, status="moved"):
        """:return: RouterService that takes one earlier entry away; of a customer who is still
        here, only the names he no longer has"""
        adopted = bool(place.get("adopted"))
        place = _names(place, service) if service else place
        username, address = place.get("username"), place.get("address", "")
        return RouterService(
            reference,
            status,
            address=address,
            pppoe=Pppoe(username) if username and username not in taken else None,
            lease=Lease(NO_MAC) if address else None,
            adopted=adopted,
        )

    @api.model
    def _taken(self, device, contracts):
        """:return: set of PPP users that belong to other customers now"""
        return set(
            self.env["isp.radius.user"]
            .sudo()
            .search(
                [
                    ("contract_id", "not in", contracts.ids),
                    ("contract_id.state", "in", DELIVERED),
                    ("username", "in", self._usernames(device, contracts)),
                ]
            )
            .mapped("username")
        )

    @api.model
    def _usernames(self, device, contracts):
        placed = self.env["isp.provisioning.target"]._placed(device, contracts)
        return [
            place["username"] for places in placed.values() for place in places if place["username"]
        ]

    @api.model
    def _shared(self, device):
        """A PPP profile per plan, where the router keeps the users."""
        nas = device._record()
        if nas.customer_mode != "ppp" and nas.customer_mode != "plan":
            return {}
        plans = self.env["product.product"].search(
            [("is_isp_plan", "=", True), ("company_id", "in", [False, nas.company_id.id])]
        )
        rates = plans._isp_rates()
        shared = {}
        if nas.throttled_rate:
            shared[f"profile {THROTTLED}"] = PppProfile(
                THROTTLED, nas.throttled_rate, nas.ppp_local_address or ""
            )
        return shared | {
            f"profile {name}": PppProfile(
                name, rate_limit(rates[plan.id]), nas.ppp_local_address or ""
            )
            for plan in plans
            if plan.download_mbps > 0 and plan.upload_mbps > 0
            for name in [plan._radius_group_name()]
        }

    @api.model
    def _driver(self, device):
        nas = device._record()
        if not nas:
            raise Permanent(f"The router {device.name} was deleted.")
        return LineDriver(nas._driver())

    @api.model
    def _known(self, device):
        """PPP users, addresses and queues that Silver put on the router."""
        known = set()
        for name, places in (
            self.env["isp.provisioning.target"]
            .search([("device_id", "=", device.id), ("placed", "!=", False)])
            .mapped(lambda target: (target.contract_id.name, target.placed))
        ):
            known.add(f"silver-{name}")
            for place in places:
                known |= {place["username"], place["address"]}
        return known

    @api.model
    def _area(self, step):
        return step.target


def _place(service):
    return {
        "username": service.pppoe.username if service.pppoe else "",
        "address": service.address,
    }


def _names(place, service):
    """The names of an earlier entry that the present one does not have."""
    now = _place(service)
    return {name: place[name] for name in now if place.get(name) and place[name] != now[name]}
