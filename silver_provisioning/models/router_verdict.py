"""Whose is what stands on a router, and does it say what the contract says? Pure.

``how`` names a kind of evidence: ``mark`` (our own in the comment), ``user`` (PPP user), ``number``
(contract number in a comment or name), ``address`` (booked to the contract), ``mac`` (equipment of
the contract).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ..drivers.mikrotik import Found, RouterService
from ..drivers.mikrotik.planning import Policy, cut, secret_values
from ..drivers.radius_policy import same_rate

EVIDENCE = ("mark", "user", "number", "address", "mac")
EXACT = ("mark", "user", "number")
_WORD = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._/-]*[A-Za-z0-9])?")
WORDS = 12  # of a comment that may be a number


@dataclass(frozen=True)
class Choice:
    """``verdict``: one, nobody, ambiguous, conflict, ended."""

    verdict: str
    contract: int | None = None
    how: str = ""
    others: tuple[int, ...] = ()


def choose(live: Mapping[str, set], ended: Mapping[str, set]) -> Choice:
    """Which contract all evidence agrees on.

    :param live: ``{how: ids of contracts that are not cancelled}``
    :param ended: the same of cancelled ones
    """
    sets = {how: live[how] for how in EVIDENCE if live.get(how)}
    if not sets:
        gone = {how: ended[how] for how in EVIDENCE if ended.get(how)}
        if not gone:
            return Choice("nobody")
        how, ids = next(iter(gone.items()))
        return Choice("ended", max(ids), how, tuple(sorted(set().union(*gone.values()))))
    everybody = set().union(*sets.values())
    agreed = set.intersection(*sets.values())
    if len(agreed) == 1:
        [contract] = agreed
        if not sets.keys() & set(EXACT) and any(ended.get(how) for how in EXACT):
            # its name is that of a customer who left, its address that of another
            return Choice("conflict", contract, "", tuple(sorted(everybody)))
        return Choice("one", contract, next(iter(sets)))
    if len(sets) > 1 and all(len(ids) == 1 for ids in sets.values()):
        return Choice("conflict", None, "", tuple(sorted(everybody)))
    return Choice("ambiguous", None, "", tuple(sorted(everybody)))


def words(*texts: str) -> list[str]:
    """:return: what may be the number of a contract in comments and names, in capitals too"""
    found: dict[str, None] = {}
    for text in texts:
        for word in _WORD.findall(text or "")[:WORDS]:
            # a short number is a speed, a house, half a telephone: not a contract
            if len(word) >= 4 or (len(word) == 3 and not word.isdigit()):
                found[word] = found[word.upper()] = found[word.upper().replace("-", "/")] = None
    return list(found)


def differences(
    found: Found, want: RouterService, policy: Policy, known_user: str = ""
) -> list[list]:
    """What the router says otherwise than the contract.

    :param want: what the contract's entry should be
    :param known_user: the contract's user where the router does not keep users
    :return: list of ``[what, here, on the router]``; a password is never told
    """
    notes: list[list] = []
    if want.pppoe:
        values = secret_values(want, policy)
        if found.username != want.pppoe.username:
            notes.append(["user", want.pppoe.username, found.username])
        elif found.password and found.password.reveal() != want.pppoe.password.reveal():
            notes.append(["password", "", ""])
        if found.profile and found.profile != values["profile"]:
            now = f"{found.upload_kbps}k/{found.download_kbps}k"
            alike = not found.queue_name and same_rate(now, want.pppoe.rate_limit)
            notes.append(["profile_name" if alike else "profile", values["profile"], found.profile])
        if found.queue_name:
            notes.append(["extra_queue", found.queue_name, _speed(found)])
    elif known_user and found.username and found.username != known_user:
        notes.append(["user", known_user, found.username])
    if want.address and found.address != want.address:
        notes.append(["address", want.address, found.address])
    elif want.address and found.username and not found.fixed:
        notes.append(["lent", want.address, found.address])
    if want.lease and found.mac != want.lease.mac.upper():
        notes.append(["mac", want.lease.mac.upper(), found.mac])
    if want.lease and "lease" not in found.parts:
        notes.append(["missing", "lease", ""])
    if want.queue:
        if "queue" not in found.parts:
            notes.append(["missing", "queue", ""])
        elif (found.upload_kbps, found.download_kbps) != (
            want.queue.upload_kbps,
            want.queue.download_kbps,
        ):
            notes.append(["speed", _speed(want.queue), _speed(found)])
    blocked = found.disabled or found.listed
    if bool(cut(want, policy)) != blocked:
        notes.append(["cut" if blocked else "open", "", ""])
    return notes


def _speed(what):
    return f"{what.upload_kbps}k/{what.download_kbps}k"
