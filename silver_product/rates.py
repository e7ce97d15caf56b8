"""The numbers a router enforces, from the numbers a plan is sold with. No ORM here."""

from typing import NamedTuple

KBPS_PER_MBPS = 1000  # network speeds are decimal: 1 Mbps = 1000 kbps


class PlanRates(NamedTuple):
    """What provisioning pushes for a plan. Speeds in kbps, seen from the customer.

    It has the parts of MikroTik's rate limit: ``rx/tx burst-rx/burst-tx threshold time priority
    min-rx/min-tx`` (rx of the router is the upload of the customer). A zero burst means no burst;
    a zero guaranteed speed means none is promised.
    """

    download_kbps: int
    upload_kbps: int
    burst_download_kbps: int
    burst_upload_kbps: int
    burst_threshold_download_kbps: int
    burst_threshold_upload_kbps: int
    burst_time_s: int
    priority: int
    guaranteed_download_kbps: int
    guaranteed_upload_kbps: int

    @property
    def has_burst(self):
        return bool(self.burst_download_kbps or self.burst_upload_kbps)


def kbps(mbps):
    """:param float mbps: speed in Mbps; :return: the nearest whole kbps"""
    return round(mbps * KBPS_PER_MBPS)


def plan_rates(
    *,
    download_mbps,
    upload_mbps,
    provisioned_download_mbps=0,
    provisioned_upload_mbps=0,
    burst_download_mbps=0,
    burst_upload_mbps=0,
    burst_threshold_pct=0,
    burst_time_s=0,
    priority=8,
    contention_ratio=1,
):
    """The rates to enforce for a plan.

    * The provisioned speed wins over the advertised one; 0 means "as advertised".
    * A burst needs a speed above the base one, a threshold and a time: with less there is none. A
      direction that does not burst keeps its base speed as its burst speed, since a router takes
      both directions or neither.
    * The guaranteed speed is the base one divided by the contention ratio (how many customers
      share it); a ratio of 1 or less guarantees all of it.

    :return: :class:`PlanRates`
    """
    down = kbps(provisioned_download_mbps or download_mbps)
    up = kbps(provisioned_upload_mbps or upload_mbps)
    burst_down = max(kbps(burst_download_mbps), down)
    burst_up = max(kbps(burst_upload_mbps), up)
    bursts = (burst_down > down or burst_up > up) and burst_threshold_pct > 0 and burst_time_s > 0
    ratio = max(contention_ratio, 1)
    return PlanRates(
        download_kbps=down,
        upload_kbps=up,
        burst_download_kbps=burst_down if bursts else 0,
        burst_upload_kbps=burst_up if bursts else 0,
        burst_threshold_download_kbps=down * burst_threshold_pct // 100 if bursts else 0,
        burst_threshold_upload_kbps=up * burst_threshold_pct // 100 if bursts else 0,
        burst_time_s=burst_time_s if bursts else 0,
        priority=priority,
        guaranteed_download_kbps=down // ratio,
        guaranteed_upload_kbps=up // ratio,
    )
