from odoo import fields, models

from odoo.addons.silver_base.fields import Secret


class IspNas(models.Model):
    _name = "isp.nas"
    _description = "NAS"
    _inherit = ["isp.netdev.mixin"]
    _order = "name, id"
    _check_company_auto = True

    vendor = fields.Selection(default="mikrotik")
    base_station_id = fields.Many2one(
        "isp.base.station",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        tracking=True,
    )
    nas_identifier = fields.Char(
        string="NAS identifier",
        copy=False,
        help="What the router sends as NAS-Identifier (RFC 2865, 5.32).",
    )
    radius_secret = Secret(string="RADIUS secret", groups="silver_base.group_silver_secrets")
    coa_port = fields.Integer(
        string="CoA port",
        default=3799,
        help="UDP port where the router listens for Disconnect and CoA requests (RFC 5176).",
    )
    radius_server_id = fields.Many2one(
        "isp.radius.server",
        string="RADIUS server",
        index=True,
        ondelete="restrict",
        check_company=True,
    )

    _nas_identifier_uniq = models.UniqueIndex(
        "(company_id, nas_identifier) WHERE nas_identifier IS NOT NULL",
        "Another NAS of the company has this NAS identifier.",
    )
    _coa_port_range = models.Constraint(
        "CHECK(coa_port BETWEEN 1 AND 65535)", "A port is a number from 1 to 65535."
    )
