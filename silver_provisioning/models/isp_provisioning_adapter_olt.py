from odoo import api, models
from odoo.tools import SQL

from ..drivers.base import DriverError, Permanent
from ..drivers.lines import LineDriver, Lines
from ..drivers.olt import OnuService
from .isp_contract import DELIVERED


class IspProvisioningAdapterOlt(models.AbstractModel):
    """The ONU of a customer as the OLT should hold it, and what has to leave it."""

    _name = "isp.provisioning.adapter.olt"
    _inherit = "isp.provisioning.adapter"
    _description = "Provisioning adapter for OLTs"

    @api.model
    def _devices(self, contracts):
        lit = contracts.filtered(
            lambda c: c.state in DELIVERED
            and c.onu_id
            and c.olt_port_id.olt_id.provisioning_mode not in (False, "off")
        )
        olts = lit.olt_port_id.olt_id
        devices = self.env["isp.provisioning.device"]._of("olt", olts)
        return {contract.id: devices[contract.olt_port_id.olt_id.id] for contract in lit}

    @api.model
    def _desired(self, device, contracts):
        olt = device._record()
        contracts = contracts.sudo()
        settings = self.env["isp.olt.profile"]._settings(olt, contracts.product_id)
        placed = self.env["isp.provisioning.target"]._placed(device, contracts)
        here = self._devices(contracts)
        current, desired = {}, dict.fromkeys(contracts.ids)
        for contract in contracts:
            if here.get(contract.id) == device:
                try:
                    current[contract.id] = self._service(
                        olt, contract, settings[contract.product_id.id]
                    )
                except DriverError as error:
                    desired[contract.id] = error
        left, taken = self._left(device, current, placed)
        for contract in contracts:
            service = current.get(contract.id)
            if isinstance(desired[contract.id], DriverError) or not (
                service or left.get(contract.id)
            ):
                continue
            leaving = [
                self._absent(contract.name, place)
                for place in left.get(contract.id, ())
                if _key(place) not in taken
            ]
            kept = (_place(service),) if service else ()
            desired[contract.id] = Lines(
                current=service,
                leaving=tuple(leaving),
                places=(*kept, *left.get(contract.id, ())),
                kept=kept,
            )
        return desired

    @api.model
    def _left(self, device, current, placed):
        """What Silver once put on the OLT and has to go.

        An ONU that was recovered from one customer and given to the next one on the same OLT may
        still be configured for the first: then it leaves that place first, in the turn of the new
        one. And what is now the place of another customer is not touched for the old one.

        :param dict current: ``{contract id: OnuService}``
        :param dict placed: ``{contract id: [place]}``
        :return: (``{contract id: [place]}``, set of places in use by others)
        """
        left = {
            contract_id: [
                place
                for place in places
                if contract_id not in current or _key(place) != _key(_place(current[contract_id]))
            ]
            for contract_id, places in placed.items()
        }
        serials = {place["serial"] for places in left.values() for place in places}
        serials |= {service.serial for service in current.values()}
        if not serials:
            return left, set()
        by_serial = {service.serial: contract_id for contract_id, service in current.items()}
        for contract_id, place in self.env.execute_query(
            SQL(
                """
                SELECT target.contract_id, place
                FROM isp_provisioning_target target,
                     jsonb_array_elements(target.placed) AS place
                WHERE target.device_id = %s AND place->>'serial' = ANY(%s)
                """,
                device.id,
                list(serials),
            )
        ):
            mine = by_serial.get(place["serial"])
            if mine and mine != contract_id and _key(place) != _key(_place(current[mine])):
                left.setdefault(mine, []).append(place)
        in_use = self.env.execute_query(
            SQL(
                """
                SELECT onu.gpon_serial, card.slot, port.number
                FROM isp_contract contract
                JOIN isp_onu onu ON onu.id = contract.onu_id
                JOIN isp_olt_card_port port ON port.id = contract.olt_port_id
                JOIN isp_olt_card card ON card.id = port.card_id
                WHERE contract.state = ANY(%s) AND port.olt_id = %s AND onu.gpon_serial = ANY(%s)
                """,
                list(DELIVERED),
                device.res_id,
                list(serials),
            )
        )
        return left, {tuple(row) for row in in_use}

    @api.model
    def _service(self, olt, contract, settings):
        """:return: OnuService of a contract that is delivered on this OLT
        :raise DriverError: with what is missing"""
        onu, port = contract.onu_id, contract.olt_port_id
        if not onu.gpon_serial:
            raise Permanent(
                f"The ONU {onu.display_name} of {contract.name} has no GPON serial number."
            )
        vlan = settings.get("service_vlan") or port.service_vlan or olt.service_vlan
        if not vlan:
            raise Permanent(
                f"No customer VLAN is set on the OLT {olt.name}, its port {port.name} or the plan."
            )
        names = ("line_profile", "service_profile", "tcont_profile")
        names += ("upload_profile", "download_profile")
        return OnuService(
            reference=contract.name,
            serial=onu.gpon_serial,
            slot=port.card_id.slot,
            port=port.number,
            status=self._status(olt, contract),
            description=f"{contract.name}_{contract.partner_id.name or ''}".replace("/", "-"),
            onu_type=settings.get("onu_type") or "",
            vlan=vlan,
            wan=self._wan(olt, contract),
            wifi=self._wifi(olt, contract),
            **{name: settings.get(name) or "" for name in names},
        )

    @api.model
    def _status(self, olt, contract):
        """:return: ``active`` or ``suspended``: whether the OLT is the one that cuts"""
        if contract.state != "suspended":
            return "active"
        if not contract.radius_user_ids:
            return "suspended"  # nobody else would
        if contract.suspension_mode in ("walled_garden", "throttle"):
            return "active"
        return "suspended" if olt.suspend_here else "active"

    @api.model
    def _wan(self, olt, contract):
        """Extension: :class:`drivers.olt.Wan` of a contract, None to leave it as it is."""
        return None

    @api.model
    def _wifi(self, olt, contract):
        """Extension: :class:`drivers.olt.Wifi` of a contract, None to leave it as it is."""
        return None

    @api.model
    def _absent(self, reference, place):
        return OnuService(reference, place["serial"], place["slot"], place["port"], "absent")

    @api.model
    def _driver(self, device):
        olt = device._record()
        if not olt:
            raise Permanent(f"The OLT {device.name} was deleted.")
        return LineDriver(olt._driver(), lambda service: service.serial)

    @api.model
    def _known(self, device):
        return {
            place["serial"] for place in self.env["isp.provisioning.target"]._all_placed(device)
        }

    @api.model
    def _area(self, step):
        return step.action


def _place(service):
    return {"serial": service.serial, "slot": service.slot, "port": service.port}


def _key(place):
    return place["serial"], place["slot"], place["port"]
