from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Domain

NEAREST = 20


class IspOnuDiscovered(models.Model):
    """The way from a discovered ONU to an active contract, in one verb."""

    _inherit = "isp.onu.discovered"

    def action_activate_contract(
        self, contract_id=None, product_id=None, splitter_port_id=None, date=None
    ):
        """Give this ONU to a contract and put it into service. RPC-callable, idempotent.

        The ONU is taken from stock, or received when Silver does not know it; a contract that
        holds a place below another PON port is moved to where the ONU lights up; the engine
        authorises the ONU on the OLT after commit.

        :param int contract_id: isp.contract; the one that is proposed when left out
        :param int product_id: product.product, what to receive the ONU as when it is unknown
        :param int splitter_port_id: isp.splitter.port below the PON port where it lights up;
            needed when the contract has none there
        :param date: first day of service (date or ISO text), today by default
        :return: True
        :raise UserError: with what is missing
        """
        self.ensure_one()
        self.check_access("read")
        contract = self.env["isp.contract"].browse(contract_id or self.contract_id.id).exists()
        if not contract:
            raise UserError(
                self.env._("%s: choose the contract that this ONU is for.", self.serial)
            )
        contract._authorised("activate")
        self._check_contract(contract)
        contract._lock()
        onu = self._take_from_stock(product_id)
        self._put_on_port(contract, self.env["isp.splitter.port"].browse(splitter_port_id or []))
        if contract.onu_id != onu:
            contract.action_change_equipment(
                onu_id=onu.id, note=self.env._("Found on %s", self.port_id.display_name)
            )
        if contract.state in ("draft", "pending"):
            contract.action_activate(date=date)
        elif contract.state in ("active", "suspended"):
            contract.sudo()._provision()
        return True

    def _check_contract(self, contract):
        """:raise UserError: when this ONU can be no service of that contract"""
        if contract.company_id != self.company_id:
            raise UserError(
                self.env._(
                    "%(contract)s is of another company than the OLT %(olt)s.",
                    contract=contract.display_name,
                    olt=self.olt_id.name,
                )
            )
        if contract.state == "cancelled":
            raise UserError(
                self.env._("%s is cancelled: open a new contract.", contract.display_name)
            )
        if not self.port_id:
            raise UserError(
                self.env._(
                    "%(olt)s: create card %(slot)s with port %(port)s in Silver first: the ONU "
                    "lights up there.",
                    olt=self.olt_id.name,
                    slot=self.slot,
                    port=self.port_number,
                )
            )

    def _take_from_stock(self, product_id):
        """:return: isp.onu with this serial number, received now when there was none

        Whoever may activate a contract may receive the one ONU that the OLT sees.
        """
        Onu = self.env["isp.onu"].sudo()
        onu = Onu.search([("gpon_serial", "=", self.serial)])
        if onu:
            return onu
        product = self.env["product.product"].browse(product_id or self._likely_product().id)
        if not product.exists():
            raise UserError(
                self.env._(
                    "%s is not in our stock. Say which model it is, and it is received.",
                    self.serial,
                )
            )
        reference = self.env._("Found on %s", self.port_id.display_name)
        ids = Onu.with_company(self.company_id).action_receive(
            serials=[{"serial": self.serial, "gpon_serial": self.serial}],
            product_id=product.id,
            reference=reference,
        )
        return Onu.browse(ids)

    def _put_on_port(self, contract, place):
        """Correct the place of the contract when the ONU lights up elsewhere.

        :param place: isp.splitter.port, where the drop is; may be empty when nothing is wrong
        """
        if contract.olt_port_id == self.port_id and not place:
            return  # of its splitter it gets the best free port, if it has none yet
        if contract.splitter_port_id and contract.olt_port_id == self.port_id:
            return
        if not place:
            raise UserError(
                self.env._(
                    "%(contract)s holds a place on %(reserved)s and the ONU lights up on %(seen)s. "
                    "Choose the splitter port where its drop is plugged, or plug it where it was "
                    "reserved.",
                    contract=contract.display_name,
                    reserved=contract.olt_port_id.display_name or self.env._("no port yet"),
                    seen=self.port_id.display_name,
                )
            )
        if place.olt_port_id != self.port_id:
            raise UserError(
                self.env._(
                    "The splitter port %(place)s hangs from %(other)s, and the ONU lights up on "
                    "%(seen)s.",
                    place=place.display_name,
                    other=place.olt_port_id.display_name,
                    seen=self.port_id.display_name,
                )
            )
        if contract.splitter_port_id and contract.state != "draft":
            contract.action_change_address(
                splitter_port_id=place.id,
                note=self.env._("Its ONU lights up on %s", self.port_id.display_name),
            )
            contract.action_confirm_address()
        else:  # it only wished for a place, or lost the one it had reserved
            contract.sudo()._write_gated(
                {"splitter_port_id": place.id, "splitter_id": place.splitter_id.id}
            )

    # === proposals === #

    def _candidates(self):
        """Contracts this ONU may be for: on its PON port, then of its OLT, then of its base.

        :return: isp.contract, best first
        """
        self.ensure_one()
        Contract = self.env["isp.contract"].sudo()
        waiting = (
            Domain("company_id", "=", self.company_id.id)
            & Domain("state", "in", ("draft", "pending"))
            & Domain("service_category", "=", "internet")
        )
        near = (
            Domain("olt_port_id", "=", self.port_id.id or 0),
            Domain("olt_port_id.olt_id", "=", self.olt_id.id),
            Domain("base_station_id", "=", self.olt_id.base_station_id.id)
            & Domain("access_technology", "!=", "wireless"),
        )
        found = self.contract_id.sudo()
        for where in near:
            if len(found) >= NEAREST:
                break
            found |= Contract.search(
                waiting & where, order="state desc, state_date, id", limit=NEAREST
            )
        # who chose another ONU already is not likely to be the one
        found = found.sorted(lambda c: bool(c.onu_id) and c.onu_id != self.onu_id)
        return found.with_env(self.env)

    def _likely_product(self):
        """:return: product.product: the model the OLT names, else what came last of this maker"""
        self.ensure_one()
        products = self.env["product.product"].search(
            [("is_isp_equipment", "=", True), ("equipment_kind", "=", "onu")]
        )
        model = (self.model or "").lower().replace("-", "")

        def named(product):
            texts = (product.model, product.default_code, product.name)
            return model and any(
                model in (text or "").lower().replace("-", "")
                or (product.model and product.model.lower() in model)
                for text in texts
            )

        found = products.filtered(named)[:1]
        if not found:
            same = self.env["isp.onu"].sudo()
            same = same.search(
                [
                    ("gpon_serial", "=like", f"{self.serial[:4]}%"),
                    ("company_id", "=", self.company_id.id),
                ],
                order="id desc",
                limit=1,
            )
            found = same.product_id.with_env(self.env)
        return found or products.filtered(lambda p: p.brand and p.brand == self.vendor)[:1]
