"""Some months of traffic for the demo data, made in the database: no device is there to ask."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.silver_provisioning.drivers.snmp import Interface, Interfaces

ETHERNET, PON = 6, 250
#: name, description, speed, mean Mbps of a day (in, out), up
BRAS = (
    ("sfp-sfpplus1", "Tránsito A", 10000, 1210.0, 130.0, True),
    ("ether1", "Tránsito B", 1000, 622.0, 66.0, True),
    ("ether2", "OLT-CENTRO", 10000, 148.0, 1580.0, True),
    ("ether3", "Respaldo a Norte", 1000, 4.0, 6.0, False),
)
UPLINKS = {
    "huawei": ("ethernet0/9/0", 10000, 1580.0, 148.0),
    "vsol": ("GE0/1", 1000, 410.0, 42.0),
}
CONTRACTED = {"sfp-sfpplus1": 3000}


class IspTrafficDemo(models.AbstractModel):
    _name = "isp.traffic.demo"
    _description = "Demo traffic"

    @api.model
    def _generate(self, olt_ids, nas_ids):
        """Traffic of the interfaces of these devices: the last half year and now. Once only."""
        self.env["isp.traffic.watch"]._ensure()
        devices = [*self.env["isp.olt"].browse(olt_ids), *self.env["isp.nas"].browse(nas_ids)]
        now = fields.Datetime.now().replace(second=0, microsecond=0)
        for device in devices:
            watch = device.traffic_watch_ids.sudo()
            if not watch.last_ok_at:
                self._device(watch, self._rows(device), now)
        self.env["isp.traffic.poller"]._digest(now)

    @api.model
    def _rows(self, device):
        if device._name == "isp.nas":
            return list(BRAS)
        name, speed, inward, outward = UPLINKS[device.vendor]
        ports = device.port_ids.filtered("used_onus").sorted("name")[:8]
        rows = [
            (f"GPON 0/{port.card_id.slot}/{port.number}", "", 2488, 4.6 * onus, 47.0 * onus, True)
            for port in ports
            for onus in [port.used_onus]
        ]
        return [*rows, (name, "Hacia el BRAS", speed, inward, outward, True)]

    @api.model
    def _device(self, watch, rows, now):
        """Two readings, so that there is a rate now, and what was before them."""
        Found = self.env["isp.interface"]
        for turn, at in enumerate((now - timedelta(minutes=5), now)):
            # as much more than the mean as it is at this hour
            share = 0.9 * turn * 300 * 125_000
            shown = tuple(
                Interface(
                    number,
                    name,
                    alias,
                    PON if name.startswith("GPON") else ETHERNET,
                    up=up or not turn,
                    speed_mbps=speed,
                    in_octets=int(inward * share * up),
                    out_octets=int(outward * share * up),
                )
                for number, (name, alias, speed, inward, outward, up) in enumerate(rows, 1)
            )
            Found._record(watch, at, Interfaces(500_000_000 + turn * 30_000, shown))
            watch.write({"last_ok_at": at, "last_try_at": at, "seconds": 0.4})
            for interface in watch.interface_ids:
                interface.contracted_mbps = CONTRACTED.get(interface.name, 0)
        self.env["isp.traffic.finding"]._evaluate(now, only={"watch_id": watch.id})
        self._history(watch, rows, now)

    @api.model
    def _history(self, watch, rows, now):
        """Least at dawn and most in the evening, a third more than half a year ago."""
        days, hours, readings = self.env["isp.traffic.history"]._moments(watch.id, now)
        wave = SQL(
            """
            1 + 0.55 * cos((extract(epoch FROM t.at) - 7200) * 2 * pi() / 86400)
              + 0.05 * sin(extract(epoch FROM t.at) / 271 + u.pos)
            """
        )
        growth = SQL("(1 - 0.35 * extract(epoch FROM %s - t.at) / 86400 / 180)", now)

        def arrays(*factors):
            """Arrays of kbps: for in and out, the mean by each factor, within the line."""
            return SQL(", ").join(
                SQL(
                    "array_agg(LEAST(u.speed * 970, u.%s * 1000 * %s * (%s))::int ORDER BY u.pos)",
                    SQL.identifier(side),
                    growth,
                    factor,
                )
                for side in ("inward", "outward")
                for factor in factors
            )

        by_hour = (wave, SQL("1.04 * (%s)", wave), SQL("1.07 * (%s)", wave))
        by_day = (SQL("1"), SQL("1.5"), SQL("1.62"))
        count = SQL("array_agg(%s::smallint ORDER BY u.pos)", 12)
        whole = SQL("array_agg(%s::smallint ORDER BY u.pos)", 288)
        for table, columns, moments in (
            ("day", SQL("288, %s, %s", whole, arrays(*by_day)), days),
            ("hour", SQL("12, %s, %s", count, arrays(*by_hour)), hours),
            ("sample", arrays(wave), readings),
        ):
            self.env.cr.execute(
                SQL(
                    """
                    INSERT INTO %(table)s
                    SELECT %(watch)s, t.at, %(columns)s
                      FROM unnest(%(moments)s::timestamp[]) t(at),
                           unnest(%(inward)s::float8[], %(outward)s::float8[], %(speed)s::int[])
                           WITH ORDINALITY u(inward, outward, speed, pos)
                     GROUP BY t.at
                        ON CONFLICT DO NOTHING
                    """,
                    table=SQL.identifier(f"isp_traffic_{table}"),
                    watch=watch.id,
                    columns=columns,
                    moments=moments,
                    inward=[row[3] for row in rows],
                    outward=[row[4] for row in rows],
                    speed=[row[2] for row in rows],
                )
            )
