from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from odoo.addons.silver_base.fields import Secret

from ..drivers.base import DriverError, Endpoint, SecretText
from .driver_texts import spoken

MODES = [
    ("off", "Not by Silver"),
    ("dry_run", "Only show what would change"),
    ("on", "Silver configures it"),
]
ANSWER_SECONDS = 10.0


class IspProvisionedMixin(models.AbstractModel):
    """An OLT or a router that the engine keeps as the contracts say."""

    _name = "isp.provisioned.mixin"
    _description = "Device kept by the provisioning engine"

    provisioning_mode = fields.Selection(
        MODES,
        string="Customers",
        required=True,
        default="off",
        copy=False,
        tracking=True,
        help="Only show: the dry run of a contract tells what would change here, and nothing is "
        "sent. Begin with it on a device that has customers already.",
    )
    use_tls = fields.Boolean(
        "TLS",
        default=True,
        help="Encrypted connection (RouterOS api-ssl, https). Off: whoever listens on the "
        "management network reads passwords.",
    )
    ca_pem = fields.Text(
        "Trusted Certificate",
        copy=False,
        help="The device's own certificate in PEM, when no public authority signed it.",
    )

    api_token = Secret(
        "API Token",
        groups="silver_base.group_silver_secrets",
        help="SmartOLT: the X-Token. UISP: the application key of the CRM.",
    )

    def _provisioning_kind(self):
        """:return: the kind of adapter of this device, or None when there is none for its vendor"""
        raise NotImplementedError

    def _driver(self):
        """:return: a driver of the vendor for this device, not connected; see
        ``drivers/base.py``. It holds the credentials: for code that runs after commit.
        :raise DriverError: the configuration does not allow one"""
        raise NotImplementedError

    def _served_contracts(self):
        """:return: the delivered contracts that this device serves"""
        raise NotImplementedError

    @api.model
    def _provisioning_fields(self):
        """:return: names of the fields that say how customers should be on the device"""
        return {"provisioning_mode"}

    def _provisioning_device(self):
        """:return: ``{record id: isp.provisioning.device}`` of those that have one"""
        found = (
            self.env["isp.provisioning.device"]
            .sudo()
            .with_context(active_test=False)
            .search(
                [
                    ("res_model", "=", self._name),
                    ("res_id", "in", self.ids),
                    ("kind", "in", ["olt", "mikrotik", "uisp"]),
                ]
            )
        )
        return {device.res_id: device for device in found}

    def _endpoint(self, **options):
        """:return: :class:`Endpoint` of the device with its credentials and these options"""
        self.ensure_one()
        device = self.sudo()
        return Endpoint(
            host=device.management_address or "",
            port=device.management_port or 0,
            username=device.username or "",
            secret=SecretText(device.password or ""),
            timeout=ANSWER_SECONDS,
            options={key: value for key, value in options.items() if value not in (None, False)},
        )

    @api.constrains("provisioning_mode", "vendor", "management_address")
    def _check_provisioning(self):
        for device in self.filtered(lambda d: d.provisioning_mode != "off"):
            if not device._provisioning_kind():
                raise ValidationError(
                    self.env._(
                        "%(name)s: Silver has no driver for this vendor. Choose another one, or "
                        "leave its customers to somebody else.",
                        name=device.display_name,
                    )
                )
            if not device.management_address:
                raise ValidationError(
                    self.env._(
                        "%(name)s: write the management address first.", name=device.display_name
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        devices = super().create(vals_list)
        devices.filtered(lambda d: d.provisioning_mode != "off")._provisioning_changed()
        return devices

    def write(self, vals):
        before = {device.id: device.provisioning_mode for device in self}
        result = super().write(vals)
        if "provisioning_mode" in vals:
            self.filtered(lambda d: d.provisioning_mode != before[d.id])._provisioning_changed()
        elif vals.keys() & self._provisioning_fields():
            self._provisioning_options_changed()
        if "name" in vals or "active" in vals:
            for record_id, device in self._provisioning_device().items():
                device.name = self.browse(record_id).display_name
        return result

    def _provisioning_changed(self):
        """Take the device into the engine, or out of it."""
        Target = self.env["isp.provisioning.target"].sudo()
        for record in self.sudo():
            mode, kind = record.provisioning_mode, record._provisioning_kind()
            devices = record._provisioning_device()
            if mode != "off":
                devices = self.env["isp.provisioning.device"]._of(kind, record)
            device = devices.get(record.id)
            if not device:
                continue
            device.write({"active": mode != "off", "enabled": mode == "on", "breaker_until": False})
            Target.flush_model()
            self.env.cr.execute(
                SQL(
                    "UPDATE isp_provisioning_target SET state = %s WHERE device_id = %s"
                    " AND (state = 'held') = %s",
                    "held" if mode == "off" else "pending",
                    device.id,
                    mode != "off",
                )
            )
            Target.invalidate_model(["state"])
            if mode != "off":
                device._shared_changed()
                Target._mark(device.target_ids.contract_id | record._served_contracts())

    def _provisioning_options_changed(self):
        """How customers should be on these devices has changed: bring them in line."""
        for record in self.sudo().filtered(lambda d: d.provisioning_mode != "off"):
            device = record._provisioning_device().get(record.id)
            if device:
                device._shared_changed()
            self.env["isp.provisioning.target"].sudo()._mark(record._served_contracts())

    # === buttons === #

    def action_test_connection(self):
        """Log in and say what is there. Reads only.

        :raise UserError: with the reason, when it does not work
        """
        self.ensure_one()
        self.check_access("write")
        try:
            with self.sudo()._driver() as driver:
                count = len(driver.inventory())
        except DriverError as error:
            technical = f"{error}\n{error.detail}".strip()
            raise UserError(f"{spoken(self.env, technical)}\n\n{error.detail}".strip()) from None
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "%(name)s answers: %(count)s customers are configured there.",
                    name=self.display_name,
                    count=count,
                ),
            },
        }

    def action_view_provisioning(self):
        """Open the engine's view of this device."""
        self.ensure_one()
        device = self._provisioning_device().get(self.id)
        if not device:
            raise UserError(
                self.env._(
                    "%(name)s: its customers are not configured by Silver yet. Say so first.",
                    name=self.display_name,
                )
            )
        return device.with_env(self.env).get_formview_action()

    def action_network_plan(self):
        """What would change on this device, for all its customers; nothing is sent.

        :raise UserError: when it is left to somebody else
        """
        self.ensure_one()
        self.check_access("read")
        device = self._provisioning_device().get(self.id)
        if not device or self.provisioning_mode == "off":
            raise UserError(
                self.env._(
                    "%(name)s: its customers are not configured by Silver yet. Say so first.",
                    name=self.display_name,
                )
            )
        return device.with_env(self.env).action_network_plan()
