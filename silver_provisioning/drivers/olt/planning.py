"""From what an OLT holds to what it should: one pure function for all vendors.

The order is what makes it safe to stop anywhere: who is suspended is closed before anything else,
traffic is the last
thing a new ONU gets, and an ONU is deleted only after its service ports (the OLT refuses
otherwise).
"""

from __future__ import annotations

from dataclasses import dataclass

from ..base import Permanent, Step
from .values import Flow, OnuHeld, OnuService


@dataclass(frozen=True)
class Traits:
    """How a vendor differs.

    :param suspend: ``deactivate`` (the OLT can switch an ONU off) or ``flow`` (take its service
        ports away)
    :param flow_speed: the traffic profiles belong to the service port (else to the ONU's GEM port)
    :param wan: WAN mode can be set; :param wifi: name and key can be set
    :param needs: settings without which an ONU cannot be authorised
    """

    suspend: str = "deactivate"
    flow_speed: bool = True
    wan: bool = False
    wifi: bool = False
    needs: tuple[str, ...] = ()


def plan(want: OnuService, held: OnuHeld | None, traits: Traits) -> tuple[Step, ...]:
    """The steps that are missing; ``after`` is the desired value, ``before`` the observed one."""
    try:
        want.check()
    except Permanent as problem:
        return (Step("refuse", want.serial, str(problem)),)
    if want.status == "absent":
        return tuple(_delete(want, held))
    missing = [name.replace("_", " ") for name in traits.needs if not getattr(want, name)]
    if missing:
        return (
            Step(
                "refuse",
                want.serial,
                f"{want.reference}: its plan has no {' and no '.join(missing)} for this OLT.",
            ),
        )
    if held and (held.slot, held.port) != (want.slot, want.port):
        return (
            Step(
                "conflict",
                want.serial,
                f"{want.serial} is configured on port {held.slot}/{held.port} and should be "
                f"on {want.slot}/{want.port}: "
                "a person must decide which is right",
                held,
                want,
            ),
        )
    steps: list[Step] = []
    suspended = want.status == "suspended"
    if held is None:
        steps.append(
            _step("add", want, None, f"authorise {want.serial} on {want.slot}/{want.port}")
        )
        if suspended and traits.suspend == "deactivate":
            steps.append(_step("deactivate", want, None, f"deactivate {want.serial}"))
    elif suspended and traits.suspend == "deactivate" and held.enabled:
        steps.append(_step("deactivate", want, held, f"deactivate {want.serial}"))
    flows_off = suspended and traits.suspend == "flow"
    keep, gone = _flows(want, held, traits, flows_off)
    for flow in gone:
        steps.append(
            _step(
                "flow_remove",
                want,
                (held, flow),
                f"remove service port {flow.index} (VLAN {flow.vlan}) of {want.serial}",
            )
        )
    steps += _settings(want, held, traits)
    if not keep and not flows_off:
        steps.append(_step("flow_add", want, held, f"carry {want.serial} in VLAN {want.vlan}"))
    if not suspended and held and not held.enabled and traits.suspend == "deactivate":
        steps.append(_step("activate", want, held, f"activate {want.serial}"))
    return tuple(steps)


def _step(action, want, before, summary):
    return Step(action, want.serial, summary, before, want)


def _delete(want, held):
    if held is None:
        return
    if (held.slot, held.port) != (want.slot, want.port):
        # the ONU is in use elsewhere: on our port there is nothing left of it
        return
    for flow in held.flows:
        yield _step(
            "flow_remove",
            want,
            (held, flow),
            f"remove service port {flow.index} (VLAN {flow.vlan}) of {want.serial}",
        )
    yield _step(
        "delete",
        want,
        held,
        f"delete {want.serial} from {held.slot}/{held.port} number {held.number}",
    )


def _flows(
    want: OnuService, held: OnuHeld | None, traits: Traits, off: bool
) -> tuple[Flow | None, list[Flow]]:
    """The service port that is right already, and those that must go (leftovers of other plans
    too).
    """
    keep, gone = None, []
    for flow in held.flows if held else ():
        if keep is None and not off and flow.same(want.flow, traits.flow_speed):
            keep = flow
        else:
            gone.append(flow)
    return keep, gone


def _settings(want, held, traits):
    """What the ONU itself is set to. Values the OLT does not tell (None) are left alone."""

    def differs(attribute, value=None):
        now = getattr(held, attribute) if held else None
        return now is not None and now != (getattr(want, attribute) if value is None else value)

    steps = []
    if differs("description", want.label):
        steps.append(_step("describe", want, held, f"name {want.serial} {want.label}"))
    if differs("line_profile") or differs("service_profile") or differs("tcont_profile"):
        steps.append(_step("profile", want, held, f"change the profiles of {want.serial}"))
    if not traits.flow_speed and (
        held is None or differs("upload_profile") or differs("download_profile")
    ):
        steps.append(
            _step(
                "speed",
                want,
                held,
                f"set {want.serial} to {want.upload_profile} / {want.download_profile}",
            )
        )
    if traits.wan and want.wan and _wan_differs(want, held):
        steps.append(_step("wan", want, held, f"set the WAN of {want.serial} to {want.wan.mode}"))
    if traits.wifi and want.wifi and _wifi_differs(want.wifi, held):
        steps.append(_step("wifi", want, held, f"set the Wi-Fi of {want.serial}"))
    return steps


def _wifi_differs(want, held):
    if held is None:
        return True
    bands = [(want.ssid, held.ssid, held.wifi_key)]
    if want.ssid_5g:
        bands.append((want.ssid_5g, held.ssid_5g, held.wifi_key_5g))
    return any(name != ssid or (key is not None and key != want.key) for name, ssid, key in bands)


def _wan_differs(want, held):
    if held is None:
        return want.wan.mode == "pppoe"
    if held.wan_mode is not None and held.wan_mode != want.wan.mode:
        return True
    if want.wan.mode != "pppoe":
        return False
    return held.wan_username != want.wan.username or (
        held.wan_password is not None and held.wan_password != want.wan.password
    )
