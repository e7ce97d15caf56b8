from odoo import api, models

from .isp_series_mixin import Measure, Series

#: mean of the hours' means, each with as much weight as it has readings of the ONU on line
WEIGHTED = (
    "round(sum(u.%(name)s::int * u.online)"
    " / NULLIF(sum(u.online) FILTER (WHERE u.%(name)s IS NOT NULL), 0))"
)
SERIES = Series(
    prefix="isp_signal",
    owner="olt_id",
    owner_table="isp_olt",
    columns={"rx": "smallint", "tx": "smallint", "phase": '"char"'},
    measures=(
        Measure("online", "smallint", "count(*) FILTER (WHERE u.phase = 'w')", "sum(u.online)"),
        Measure("rx_min", "smallint", "min(u.rx)", "min(u.rx_min)"),
        Measure("rx_avg", "smallint", "round(avg(u.rx))", WEIGHTED % {"name": "rx_avg"}),
        Measure("rx_max", "smallint", "max(u.rx)", "max(u.rx_max)"),
        Measure("tx_avg", "smallint", "round(avg(u.tx))", WEIGHTED % {"name": "tx_avg"}),
    ),
)


class IspSignalHistory(models.AbstractModel):
    """What the ONUs received: powers in hundredths of dBm and letters of :data:`signals.LETTERS`,
    at ``isp.onu.signal.position``.
    """

    _name = "isp.signal.history"
    _description = "History of signals"
    _inherit = ["isp.series.mixin"]
    _series = SERIES

    @api.model
    def _drawn(self, olt_id, position, since, until):
        """What one ONU received.

        :return: (resolution, rows (moment, lowest, mean, highest in dBm, share of the time it was
            on line, 0 to 1)) in order of time; None where it gave no power
        """
        name, rows = self._points(
            olt_id,
            position,
            since,
            until,
            ["rx[%(pos)s]"] * 3 + ["CASE WHEN phase[%(pos)s] = 'w' THEN 1.0 ELSE 0.0 END"],
            ["rx_min[%(pos)s]", "rx_avg[%(pos)s]", "rx_max[%(pos)s]"]
            + ["online[%(pos)s]::float / NULLIF(polls, 0)"],
        )
        return name, [
            (at, *(None if value is None else value / 100 for value in powers), share or 0.0)
            for at, *powers, share in rows
        ]
