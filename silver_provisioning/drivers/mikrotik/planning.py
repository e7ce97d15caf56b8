"""From what a router holds to what it should: pure functions over values.

A PPP session keeps the terms it began with: neither a disabled secret nor another profile ends it.
So whatever changes
the terms writes ``kick`` behind our comment in the same command, the session is removed, and only
then the comment is
made clean. A crash in between leaves the word there, and the next look ends the session.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..base import Step
from ..radius_policy import same_rate
from .values import GONE, KICK, MARK, Held, PppProfile, Queue, RouterService

SECRET, ACTIVE, PROFILE = "/ppp/secret", "/ppp/active", "/ppp/profile"
QUEUE, LEASE, LIST = "/queue/simple", "/ip/dhcp-server/lease", "/ip/firewall/address-list"
#: attributes that are cleared with ``unset``
UNSET = frozenset({"remote-address"})
#: attributes of a secret that only a new session takes over
TERMS = frozenset({"password", "profile", "disabled", "remote-address", "caller-id"})


@dataclass(frozen=True)
class Policy:
    """How this router treats suspended customers (``Endpoint.options``).

    :param suspended_list: address list that the firewall sends to the notice page; empty: none
    :param suspended_profile: PPP profile while suspended; empty: the secret is disabled instead
    """

    suspended_list: str = "morosos"
    suspended_profile: str = ""


def plan(want: RouterService, held: Held | None, policy: Policy) -> tuple[Step, ...]:
    """The steps that are missing, in the order in which they are safe."""
    held = held or Held()
    if want.status in GONE:
        return tuple(_remove_all(want, _ours(want, held), policy))
    stranger = _stranger(want, held)
    if stranger:
        return (Step("conflict", stranger[0], stranger[1]),)
    steps = [*_lease(want, held), *_queue(want, held)]
    # who is to be cut is cut before the session ends, who is to be let in is let in before it
    # begins
    steps += _blocked(want, held, policy) + _secret(want, held, policy)
    return tuple(steps)


def cut(want: RouterService, policy: Policy) -> str:
    """How access is taken from a suspended customer: ``garden`` (a PPP profile of its own),
    ``list`` (only the address list), ``off`` (no login), or empty: it is not."""
    if want.status != "suspended" or want.suspension == "throttle":
        return ""
    if want.suspension == "reject":
        return "off"
    if policy.suspended_profile:
        return "garden"
    # without an address there is nothing to put on the list: who is to be cut is not let in
    if want.suspension == "walled_garden" and policy.suspended_list and want.address:
        return "list"
    return "off"


def secret_values(want: RouterService, policy: Policy) -> dict[str, object]:
    """The attributes of the PPP secret that are ours."""
    pppoe = want.pppoe
    how = cut(want, policy)
    values = {
        "name": pppoe.username,
        "service": "pppoe",
        "profile": policy.suspended_profile if how == "garden" else pppoe.profile,
        "disabled": "true" if how == "off" else "false",
        "remote-address": "" if how == "garden" else pppoe.remote_address or want.address,
        "comment": want.comment,
    }
    if pppoe.caller_id:
        values["caller-id"] = pppoe.caller_id
    if pppoe.password is not None:
        values["password"] = pppoe.password
    return values


def queue_values(want: RouterService) -> dict[str, str]:
    """The attributes of the simple queue that are ours; RouterOS says upload first."""
    q = want.queue
    values = {
        "name": want.queue_name,
        "target": f"{want.address}/32",
        "max-limit": _pair(q.upload_kbps, q.download_kbps),
        "burst-limit": _pair(q.burst_upload_kbps, q.burst_download_kbps),
        "burst-threshold": _pair(q.threshold_upload_kbps, q.threshold_download_kbps),
        "burst-time": f"{q.burst_time_s}s/{q.burst_time_s}s",
        "priority": f"{q.priority}/{q.priority}",
        "disabled": "false",
        "comment": want.comment,
    }
    return values


def differences(want: Mapping[str, object], row: Mapping[str, object]) -> dict[str, object]:
    """What must be written. A password that the API user may not read counts as right."""
    return {
        key: value
        for key, value in want.items()
        if value != row.get(key, "") and not (key == "password" and key not in row)
    }


def rate_of(row: Mapping[str, str]) -> Queue:
    """A queue row as values (import)."""
    up, down = (int(part) // 1000 for part in row.get("max-limit", "0/0").split("/"))
    burst_up, burst_down = (int(part) // 1000 for part in row.get("burst-limit", "0/0").split("/"))
    return Queue(down, up, burst_down, burst_up)


def by_hand(row: Mapping[str, str]) -> bool:
    """Whether a queue is a customer's that somebody wrote: not ours, and not for a part of the
    traffic only."""
    return (
        row.get("dynamic") != "true"
        and not row.get("comment", "").startswith(MARK)
        and not row.get("packet-marks")
        and not row.get("dst")
    )


def _stranger(want, held):
    """An entry under our name that belongs to another reference: (target, why)."""
    for path, row in ((SECRET, held.secret), (QUEUE, held.queue), (LEASE, held.lease)):
        comment = (row or {}).get("comment", "")
        owner = comment.removeprefix(MARK).removesuffix(KICK)
        if comment.startswith(MARK) and owner != want.reference:
            name = row.get("name") or row.get("address")
            return path, f"{path} {name} belongs to {owner}: a person must decide whose it is"
    for row in held.blocked:
        comment = row.get("comment", "")
        if (
            comment.startswith(MARK)
            and comment != want.comment
            and row.get("address") == want.address
        ):
            owner = comment.removeprefix(MARK)
            return (
                LIST,
                f"{LIST} {want.address} was put there for {owner}: a person must decide whose "
                f"it is",
            )
    return None


def plan_profile(want: PppProfile, held: Held | None) -> tuple[Step, ...]:
    """The PPP profile of a plan."""
    row = held.profile if held else None
    if row is None:
        values = {"name": want.name, "rate-limit": want.rate_limit, "comment": MARK + "plan"}
        if want.local_address:
            values["local-address"] = want.local_address
        return (Step("add", PROFILE, f"create the PPP profile {want.name}", None, values),)
    missing = differences({"rate-limit": want.rate_limit}, row)
    if not missing:
        return ()
    return (
        Step(
            "set", PROFILE, f"change the speed of the PPP profile {want.name}", row["id"], missing
        ),
    )


def _ours(want, held):
    """What is there and carries our mark: what somebody wrote by hand is not taken away."""

    def mine(row):
        comment = (row or {}).get("comment", "")
        if want.adopted and row and not comment.startswith(MARK):
            return True
        return bool(row) and comment.removesuffix(KICK) == want.comment

    here = want.status == "absent"
    return Held(
        held.secret if mine(held.secret) else None,
        held.sessions if mine(held.secret) or held.secret is None else (),
        held.queue if here and mine(held.queue) else None,
        held.lease if mine(held.lease) else None,
        tuple(row for row in held.blocked if mine(row)) if here else (),
    )


def _pair(up, down):
    return f"{up * 1000}/{down * 1000}"


def _secret(want, held, policy):
    if not want.pppoe:
        return []
    values, name = secret_values(want, policy), want.pppoe.username
    if held.secret is None:
        steps = [Step("add", SECRET, f"create the PPP user {name} ({want.status})", None, values)]
        # a session without a secret is one of an earlier life
        return steps + _kick(held, name)
    missing = differences(values, held.secret)
    pending = held.secret.get("comment", "").endswith(KICK)
    steps = []
    if missing.keys() & TERMS - _had_already(want, held, values):
        changed = ", ".join(sorted(missing.keys() - {"comment"}))
        steps.append(
            Step(
                "set",
                SECRET,
                f"change {changed} of the PPP user {name}",
                held.secret["id"],
                {**missing, "comment": want.comment + KICK},
            )
        )
        pending = True
    elif missing.keys() - {"comment"}:
        steps.append(
            Step("set", SECRET, f"correct the PPP user {name}", held.secret["id"], missing)
        )
    if pending or (values["disabled"] == "true" and held.sessions):
        steps += _kick(held, name)
        steps.append(_mark_clean(want, held, name))
    elif missing.keys() == {"comment"}:
        steps.append(_mark_clean(want, held, name))
    return steps


def _had_already(want, held, values):
    """The terms that the running sessions have, although the secret does not say so: the address
    that a pool gave them, the speed of a profile with another name. Nobody is thrown out for those
    when what somebody wrote by hand becomes ours.
    """
    same: set[str] = set()
    if held.secret.get("comment", "").startswith(MARK):
        return same
    if (
        values["remote-address"]
        and held.sessions
        and all(row.get("address") == values["remote-address"] for row in held.sessions)
    ):
        same.add("remote-address")
    now = held.profile.get("rate-limit") if held.profile else ""
    if (
        now
        and want.pppoe.rate_limit
        and values["profile"] == want.pppoe.profile
        and same_rate(now, want.pppoe.rate_limit)
    ):
        same.add("profile")
    return same


def _mark_clean(want, held, name):
    return Step(
        "set",
        SECRET,
        f"mark the PPP user {name} as {want.reference}",
        held.secret["id"],
        {"comment": want.comment},
    )


def _kick(held, name):
    """Ends whatever session there is when it is carried out, not only those seen while planning."""
    if not held.secret and not held.sessions:
        return []
    return [Step("kick", ACTIVE, f"end the session of {name}", None, {"name": name})]


def _queue(want, held):
    if not want.queue:
        return []
    values = queue_values(want)
    if held.queue is None:
        return [Step("add", QUEUE, f"create the queue {want.queue_name}", None, values)]
    missing = differences(values, held.queue)
    if not missing:
        return []
    return [
        Step(
            "set",
            QUEUE,
            f"change {', '.join(sorted(missing))} of the queue {want.queue_name}",
            held.queue["id"],
            missing,
        )
    ]


def _lease(want, held):
    if not want.lease:
        return []
    values = {
        "address": want.address,
        "mac-address": want.lease.mac.upper(),
        "server": want.lease.server,
        "disabled": "false",
        "comment": want.comment,
    }
    if held.lease is None or held.lease.get("dynamic") == "true":
        return [Step("add", LEASE, f"fix the lease of {want.address}", None, values)]
    missing = differences(values, held.lease)
    if not missing:
        return []
    return [
        Step(
            "set",
            LEASE,
            f"change {', '.join(sorted(missing))} of the lease of {want.address}",
            held.lease["id"],
            missing,
        )
    ]


def _blocked(want, held, policy):
    ours = [row for row in held.blocked if row.get("dynamic") != "true"]
    if cut(want, policy) and policy.suspended_list and want.address:
        here = [row for row in ours if row.get("address") == want.address]
        if not here:
            values = {
                "list": policy.suspended_list,
                "address": want.address,
                "comment": want.comment,
            }
            steps = [
                Step(
                    "add",
                    LIST,
                    f"put {want.address} on the list {policy.suspended_list}",
                    None,
                    values,
                )
            ]
        else:
            steps = [
                Step(
                    "set",
                    LIST,
                    f"switch {want.address} on in {policy.suspended_list}",
                    row["id"],
                    {"disabled": "false"},
                )
                for row in here
                if row.get("disabled") == "true"
            ]
            if all(row.get("comment") != want.comment for row in here):
                # put there by hand: it bears our mark from now on, or it would stay for ever
                steps.append(
                    Step(
                        "set",
                        LIST,
                        f"mark {want.address} in {policy.suspended_list} as {want.reference}",
                        here[0]["id"],
                        {"comment": want.comment},
                    )
                )
        ours = [row for row in ours if row.get("address") != want.address]
    else:
        steps = []
    return steps + [
        Step("remove", LIST, f"take {row.get('address')} off the list {row.get('list')}", row["id"])
        for row in ours
    ]


def _remove_all(want, held, policy):
    name = want.pppoe.username if want.pppoe else ""
    if held.secret:
        yield Step("remove", SECRET, f"remove the PPP user {name}", held.secret["id"])
    if held.sessions:
        yield Step("kick", ACTIVE, f"end the session of {name}", None, {"name": name})
    if held.queue:
        yield Step("remove", QUEUE, f"remove the queue {want.queue_name}", held.queue["id"])
    if held.lease and held.lease.get("dynamic") != "true":
        yield Step("remove", LEASE, f"remove the lease of {want.address}", held.lease["id"])
    yield from _blocked(want, held, policy)
