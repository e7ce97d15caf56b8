from odoo import models

from .isp_series_mixin import Measure, Series

P95 = "percentile_disc(0.95) WITHIN GROUP (ORDER BY u.%s)"


def _measures(side):
    read = f"{side}_kbps"
    return (
        Measure(f"{side}_avg", "integer", f"round(avg(u.{read}))"),
        Measure(f"{side}_p95", "integer", P95 % read),
        Measure(f"{side}_max", "integer", f"max(u.{read})"),
    )


SERIES = Series(
    prefix="isp_traffic",
    owner="watch_id",
    owner_table="isp_traffic_watch",
    columns={"in_kbps": "integer", "out_kbps": "integer"},
    measures=(
        Measure("count", "smallint", "count(u.in_kbps)"),
        *_measures("in"),
        *_measures("out"),
    ),
    days_from="sample",  # a percentile of hours is none of the day
)


class IspTrafficHistory(models.AbstractModel):
    """What went through the interfaces: kbps at ``isp.interface.position``, the mean since the
    reading before; NULL where it cannot be told.
    """

    _name = "isp.traffic.history"
    _description = "History of traffic"
    _inherit = ["isp.series.mixin"]
    _series = SERIES
