"""Where a fault is: from the ONUs that fell together to the narrowest place they have in common.

Pure: no ORM, no clock. Places are any hashable names that form a forest (OLT > PON port > splitter
> splitter); the plant is given as ``{place: the place above it}``.

A place is *struck* when at least ``minimum`` of the ONUs below it fell together and they are at
least the ``share`` of those that could have. A dark splitter also darkens every count above it, so
of the struck places on one path the one is meant below which everything is dark: as long as what
fell outside one branch would not make a fault by itself, the fault is in that branch.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

Place = Hashable


@dataclass(frozen=True)
class Onu:
    """:param since: when it fell; an ONU that is down since before anybody looked has none and
        counts neither as up nor as fallen
    :param cause: ``power`` (it said so with its last breath), ``fibre`` (light lost) or empty
    """

    key: Hashable
    place: Place
    up: bool
    since: datetime | None = None
    cause: str = ""


@dataclass(frozen=True)
class Fault:
    place: Place
    onus: frozenset
    total: int
    since: datetime
    cause: str


def locate(
    parents: Mapping[Place, Place | None],
    onus: Iterable[Onu],
    share: float = 0.8,
    minimum: int = 3,
    together: timedelta = timedelta(minutes=15),
) -> list[Fault]:
    """The places that explain who fell together.

    :param share: of the ONUs below a place, how many must have fallen (0 to 1)
    :param minimum: fewer than this are private misfortunes
    :param together: what lies within this time counts as one event
    :return: faults of which none is above another, the one with most ONUs first
    """
    onus = list(onus)
    paths = {place: _path(parents, place) for place in {onu.place for onu in onus}}
    up = Counter(place for onu in onus if onu.up for place in paths[onu.place])
    down = sorted(
        (onu for onu in onus if not onu.up and onu.since), key=lambda onu: (onu.since, str(onu.key))
    )
    found = []
    for start in sorted({onu.since for onu in down}):
        event = [onu for onu in down if start <= onu.since <= start + together]
        if len(event) >= minimum:
            found += _explain(paths, up, event, share, minimum)
    found.sort(key=lambda fault: (-len(fault.onus), fault.since, str(fault.place)))
    faults: list[Fault] = []
    for fault in found:
        above = set(_path(parents, fault.place))
        if not any(
            other.place in above or fault.place in _path(parents, other.place) for other in faults
        ):
            faults.append(fault)
    return faults


def _path(parents, place):
    """The place and all above it, the nearest first."""
    path = []
    while place is not None and place not in path:
        path.append(place)
        place = parents.get(place)
    return path


def _explain(paths, up, event, share, minimum):
    below = defaultdict(list)  # place -> ONUs of the event below it
    children = defaultdict(set)
    roots = set()
    for onu in event:
        path = paths[onu.place]
        for place in path:
            below[place].append(onu)
        for child, parent in zip(path, path[1:], strict=False):
            children[parent].add(child)
        roots.add(path[-1])

    def struck(place):
        count = len(below[place])
        return count >= minimum and count >= share * (count + up[place])

    def descend(place):
        branches = sorted(children[place], key=str)
        if struck(place):
            for branch in branches:
                if not struck(branch):
                    continue
                rest = len(below[place]) - len(below[branch])
                lit = up[place] - up[branch]
                if not rest or rest < share * (rest + lit):
                    break  # what fell outside this branch is no fault by itself
            else:
                yield place
                return
        for branch in branches:
            yield from descend(branch)

    for root in sorted(roots, key=str):
        for place in descend(root):
            group = below[place]
            yield Fault(
                place,
                frozenset(onu.key for onu in group),
                len(group) + up[place],
                min(onu.since for onu in group),
                _cause(group),
            )


def _cause(group):
    """``power`` or ``fibre`` when most of those that told say so, and at least half did tell."""
    told = Counter(onu.cause for onu in group if onu.cause)
    if 2 * told.total() < len(group):
        return ""
    cause, count = told.most_common(1)[0]
    return cause if 2 * count > told.total() else ""
