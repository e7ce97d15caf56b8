"""From accounting rows to "online now" and traffic. Pure."""

from typing import NamedTuple


class Known(NamedTuple):
    """Octets of a session that were already counted."""

    upload: int
    download: int


class Change(NamedTuple):
    """A session as it is now, and the traffic since it was last read."""

    session: object
    upload: int
    download: int
    is_new: bool
    is_open: bool


def growth(before, now):
    """Octets since the last reading. A counter that went back was started again by its router."""
    return now - before if now >= before else now


def merge(sessions, known, mark):
    """What a reading of the accounting says.

    :param sessions: rows (``drivers.radius_sql.Session``), possibly the same one twice
    :param dict known: ``{unique id: Known}`` of the sessions that were open at the last reading
    :param int mark: number of the newest row at the last reading. A closed row up to it that is not
        known was counted before: it is left out
    :return: list of :class:`Change`, one for each session
    """
    changes = {}
    for session in sessions:
        before = known.get(session.unique_id)
        is_open = session.stopped is None
        if before is None and not is_open and session.id <= mark:
            continue
        counted = before or Known(0, 0)
        changes[session.unique_id] = Change(
            session,
            growth(counted.upload, session.input_octets),
            growth(counted.download, session.output_octets),
            before is None,
            is_open,
        )
    return list(changes.values())
