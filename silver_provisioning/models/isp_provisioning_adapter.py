from odoo import api, models

from ..drivers.lines import Lines


class IspProvisioningAdapter(models.AbstractModel):
    """Between contracts and a kind of device: ``isp.provisioning.adapter.KIND``.

    It only reads: what it returns (value objects, a driver that is not connected yet) is used
    outside of any transaction.
    """

    _name = "isp.provisioning.adapter"
    _description = "Provisioning adapter"

    @api.model
    def _devices(self, contracts):
        """Which device serves each contract; contracts this kind does not concern are left out.

        :return: ``{contract id: isp.provisioning.device}``
        """
        raise NotImplementedError

    @api.model
    def _desired(self, device, contracts):
        """How each contract should be on the device. No query per contract.

        :return: ``{contract id: value object}``; None: nothing to do there; a ``DriverError``: it
            cannot be said, and why
        """
        raise NotImplementedError

    @api.model
    def _shared(self, device):
        """What the device needs besides customers (plan groups, list of routers).

        :return: ``{key: value object}``, brought in line before the customers
        """
        return {}

    @api.model
    def _driver(self, device):
        """:return: a driver for the device, not connected
        :raise DriverError: the configuration does not allow one"""
        raise NotImplementedError

    @api.model
    def _intend(self, device, desired):
        """Keep what is about to be put on the device, in the transaction before it is talked to.

        :param dict desired: what :meth:`_desired` gave
        """
        places = {
            contract_id: value.places
            for contract_id, value in desired.items()
            if isinstance(value, Lines)
        }
        self.env["isp.provisioning.target"]._set_placed(device, places)

    @api.model
    def _known(self, device):
        """:return: set of the names on the device (keys of its inventory) that are Silver's"""
        return set()

    @api.model
    def _area(self, step):
        """:return: the part of the device a step is about: what the policy for differences names"""
        return step.target

    @api.model
    def _shows_life(self, result):
        """:return: whether a result without error means that the device itself answered"""
        return True

    @api.model
    def _facts(self, driver):
        """Read something from the open driver after the changes, for :meth:`_settle`."""
        return None

    @api.model
    def _settle(self, device, desired, results, facts):
        """Keep what was learned, in the transaction that records the results.

        :param dict desired: ``{contract id: value object}`` of those that went well
        :param dict results: ``{contract id: Result}`` of the same
        """
        self.env["isp.provisioning.target"]._set_placed(
            device,
            {
                contract_id: value.kept
                for contract_id, value in desired.items()
                if isinstance(value, Lines)
            },
        )
