from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.silver_base.fields import Secret

from .isp_netdev_mixin import is_host


class IspRadiusServer(models.Model):
    """A FreeRADIUS and the SQL tables it reads. Who writes there is silver_provisioning."""

    _name = "isp.radius.server"
    _description = "RADIUS server"
    _inherit = ["mail.thread"]
    _order = "name, id"

    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    host = fields.Char(required=True, tracking=True)
    auth_port = fields.Integer(string="Authentication port", default=1812)
    acct_port = fields.Integer(string="Accounting port", default=1813)
    secret = Secret(string="RADIUS secret", groups="silver_base.group_silver_secrets")
    sql_host = fields.Char(string="SQL host", help="Empty: the PostgreSQL that Odoo itself uses.")
    sql_port = fields.Integer(string="SQL port", default=5432)
    sql_database = fields.Char(string="SQL database")
    sql_user = fields.Char(string="SQL user", groups="silver_base.group_silver_secrets", copy=False)
    sql_password = Secret(string="SQL password", groups="silver_base.group_silver_secrets")
    nas_ids = fields.One2many("isp.nas", "radius_server_id", string="NAS")
    note = fields.Text(string="Notes")

    _name_uniq = models.UniqueIndex(
        "(company_id, lower(name))",
        "Another RADIUS server of the company has this name.",
    )
    _ports_range = models.Constraint(
        "CHECK(auth_port BETWEEN 1 AND 65535 AND acct_port BETWEEN 1 AND 65535"
        " AND sql_port BETWEEN 1 AND 65535)",
        "A port is a number from 1 to 65535.",
    )

    @api.constrains("host", "sql_host")
    def _check_hosts(self):
        for server in self:
            for host in filter(None, (server.host, server.sql_host)):
                # a PostgreSQL host may also be the folder of its socket
                if not is_host(host) and not (host == server.sql_host and host.startswith("/")):
                    raise ValidationError(
                        self.env._(
                            "%(name)s: “%(host)s” is neither an IP address nor a host name.",
                            name=server.display_name,
                            host=host,
                        )
                    )
