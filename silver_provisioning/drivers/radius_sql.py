"""FreeRADIUS through its SQL schema: users, groups and clients as rows, sessions from radacct.

One transaction per batch, so that FreeRADIUS never sees half a customer. Rows are compared before
anything is written and deleted by their own id, so nothing is touched that was not looked at.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import psycopg2
import psycopg2.errors
import psycopg2.extras

from .base import Driver, Endpoint, Outcome, Permanent, SecretText, Step, Unreachable
from .radius_policy import COLUMNS, Row

SECRET_ATTRIBUTES = {"Cleartext-Password", "NT-Password"}
ESCAPED = re.compile(r"=([0-9A-Fa-f]{2})")


@dataclass(frozen=True)
class Stored:
    """A row as it is in the database, with the id that names it there."""

    id: int
    row: Row


@dataclass(frozen=True)
class Session:
    """A row of radacct. Octets seen from the customer: ``output`` is what he downloaded.

    ``policy`` is the name of the terms it runs under; ``changed`` the number of the last change of
    its speed while it ran.
    """

    id: int
    unique_id: str
    session_id: str
    username: str
    nas_address: str
    nas_port: str
    framed_ip: str
    framed_ipv6: str
    calling_station: str
    policy: str
    started: datetime | None
    updated: datetime | None
    stopped: datetime | None
    input_octets: int
    output_octets: int
    terminate_cause: str
    changed: int = 0


class RadiusSql(Driver):
    """Desired values are objects with ``scopes()`` and ``rows()``: see ``radius_policy``.

    ``endpoint.options``: ``database``, and ``schema`` when the tables are not in the usual one; an
    empty host means what libpq finds in the environment.
    """

    kind = "radius"

    def __init__(self, endpoint: Endpoint):
        super().__init__(endpoint)
        self._connection = None

    # connection ---------------------------------------------------------------
    def open(self) -> None:
        options = {
            "dbname": self.endpoint.options.get("database"),
            "connect_timeout": max(2, int(self.endpoint.timeout)),
            "application_name": "silver_provisioning",
            # a forgotten lock in the RADIUS database must not hold an executor for ever
            "options": f"-c statement_timeout={int(self.endpoint.timeout * 3000)}"
            f" -c lock_timeout={int(self.endpoint.timeout * 1000)}",
        }
        if self.endpoint.options.get("schema"):
            options["options"] += f" -c search_path={self.endpoint.options['schema']}"
        if self.endpoint.host:
            options["host"] = self.endpoint.host
        if self.endpoint.port:
            options["port"] = self.endpoint.port
        if self.endpoint.username:
            options["user"] = self.endpoint.username
        if self.endpoint.secret:
            options["password"] = self.endpoint.secret.reveal()
        try:
            self._connection = psycopg2.connect(**options)
        except psycopg2.OperationalError as error:
            raise self._failure(error) from None

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def capabilities(self) -> frozenset[str]:
        return frozenset({"suspend", "rate", "address", "bulk", "inventory"})

    def _failure(self, error: psycopg2.Error):
        """Our class for an error of the database as a whole."""
        detail = self.redact(error).strip()
        database = self.endpoint.options.get("database")
        code = error.pgcode or ""
        if code.startswith("28") or "password authentication failed" in detail:
            return Permanent("The RADIUS database refused the user or password", detail)
        if isinstance(error, psycopg2.errors.UndefinedTable) or code == "42P01":
            return Permanent(f"The database {database} has no FreeRADIUS tables", detail)
        if code == "42501":
            return Permanent("The database user has no right to the FreeRADIUS tables", detail)
        return Unreachable(f"The RADIUS database {database} does not answer", detail)

    def _query(self, query: str, args=None) -> list[tuple]:
        with self._connection.cursor() as cursor:
            cursor.execute(query, args)
            return cursor.fetchall() if cursor.description else []

    def _read(self, query: str, args=None) -> list[tuple]:
        try:
            rows = self._query(query, args)
            self._connection.commit()
        except psycopg2.Error as error:
            raise self._failure(error) from None
        return rows

    # verbs --------------------------------------------------------------------
    def observe(self, desired: Mapping) -> dict[str, tuple[Stored, ...]]:
        wanted = defaultdict(dict)  # table -> name -> [(key, scope)]
        for key, value in desired.items():
            for scope in value.scopes():
                wanted[scope.table].setdefault(scope.name, []).append((key, scope))
        found = defaultdict(list)
        for table, names in wanted.items():
            for stored in self._rows_of(table, list(names)):
                for key, scope in names[stored.row.values[0]]:
                    if scope.attributes is None or stored.row.values[1] in scope.attributes:
                        found[key].append(stored)
        return {key: tuple(rows) for key, rows in found.items()}

    def _rows_of(self, table: str, names: list[str] | None = None) -> list[Stored]:
        name, columns = COLUMNS[table]
        where = "" if names is None else f" WHERE {name} = ANY(%s)"
        rows = self._read(
            f"SELECT id, {', '.join(columns)} FROM {table}{where} ORDER BY id",  # pylint: disable=sql-injection
            None if names is None else (names,),
        )
        return [Stored(row[0], Row(table, hide(table, row[1:]))) for row in rows]

    def plan(self, desired, observed: Sequence[Stored] | None) -> tuple[Step, ...]:
        missing = list(desired.rows())
        steps = []
        for stored in observed or ():
            if stored.row in missing:
                missing.remove(stored.row)
            else:
                steps.append(Step("delete", stored.row.table, "- " + describe(stored.row), stored))
        steps += [Step("insert", row.table, "+ " + describe(row), after=row) for row in missing]
        return tuple(steps)

    def apply(self, plans: Mapping[str, Sequence[Step]]) -> dict[str, Outcome]:
        try:
            with self._connection:
                self._write(step for steps in plans.values() for step in steps)
            return {key: Outcome(transcript=transcript(steps)) for key, steps in plans.items()}
        except (psycopg2.DataError, psycopg2.IntegrityError) as error:
            if len(plans) == 1:
                failure = Permanent(
                    "The RADIUS database refused the value", self.redact(error).strip()
                )
                return {key: Outcome(failure, transcript(steps)) for key, steps in plans.items()}
        except psycopg2.Error as error:
            raise self._failure(error) from None
        # one of them is bad: find out which, the others must not wait for it
        outcomes = {}
        for key, steps in plans.items():
            outcomes |= self.apply({key: steps})
        return outcomes

    def _write(self, steps: Iterable[Step]) -> None:
        deletes, inserts = defaultdict(list), defaultdict(list)
        for step in steps:
            if step.action == "delete":
                deletes[step.target].append(step.before.id)
            else:
                inserts[step.target].append(tuple(map(reveal, step.after.values)))
        with self._connection.cursor() as cursor:
            for table, ids in deletes.items():
                cursor.execute(f"DELETE FROM {table} WHERE id = ANY(%s)", (ids,))  # pylint: disable=sql-injection
            for table, rows in inserts.items():
                columns = ", ".join(COLUMNS[table][1])
                psycopg2.extras.execute_values(
                    cursor, f"INSERT INTO {table} ({columns}) VALUES %s", rows, page_size=1000
                )

    def inventory(self) -> dict[str, tuple[Stored, ...]]:
        """Every user name in radcheck, with its rows there."""
        found = defaultdict(list)
        for stored in self._rows_of("radcheck"):
            found[stored.row.values[0]].append(stored)
        return {name: tuple(rows) for name, rows in found.items()}

    # accounting ---------------------------------------------------------------
    def last_session_id(self) -> int:
        """:return: the number of the newest row of radacct; rows added later have a higher one"""
        return self._read("SELECT coalesce(max(radacctid), 0) FROM radacct")[0][0]

    def open_sessions(self, usernames: Sequence[str] | None = None) -> list[Session]:
        """Sessions that have no end yet; all of them when no names are given."""
        if usernames is None:
            return self._sessions("acctstoptime IS NULL")
        return self._sessions("acctstoptime IS NULL AND username = ANY(%s)", (list(usernames),))

    def sessions_by_unique_id(self, unique_ids: Sequence[str]) -> list[Session]:
        return self._sessions("acctuniqueid = ANY(%s)", (list(unique_ids),))

    def sessions_after(self, session_id: int, limit: int = 20000) -> list[Session]:
        """Rows added after a number, oldest first."""
        return self._sessions("radacctid > %s ORDER BY radacctid LIMIT %s", (session_id, limit))

    def close_session(self, session_id: int, cause: str) -> None:
        """Give an end to a row whose router no longer knows the session."""
        try:
            with self._connection:
                self._query(
                    "UPDATE radacct SET acctterminatecause = %s,"
                    " acctstoptime = coalesce(acctupdatetime, acctstarttime, now())"
                    " WHERE radacctid = %s AND acctstoptime IS NULL",
                    (cause, session_id),
                )
        except psycopg2.Error as error:
            raise self._failure(error) from None

    def note_change(self, session_id: int, policy: str, serial: int) -> None:
        """The session has other terms now than at its login: routers keep repeating the old name.

        :param policy: name of its terms
        :param serial: number of the change
        """
        value = "0x" + f"{policy}@{serial}".encode().hex()
        try:
            with self._connection:
                self._query(
                    "UPDATE radacct SET class = %s WHERE radacctid = %s", (value, session_id)
                )
        except psycopg2.Error as error:
            raise self._failure(error) from None

    def close_stale(self, minutes: int) -> int:
        """Close the open rows nobody updated for so long. They block Simultaneous-Use.

        :return: how many were closed
        """
        try:
            with self._connection:
                rows = self._query(
                    "UPDATE radacct SET acctstoptime = coalesce(acctupdatetime, acctstarttime),"
                    " acctterminatecause = 'Stale' WHERE acctstoptime IS NULL"
                    " AND coalesce(acctupdatetime, acctstarttime)"
                    " < now() - %s * interval '1 minute'"
                    " RETURNING 1",
                    (minutes,),
                )
        except psycopg2.Error as error:
            raise self._failure(error) from None
        return len(rows)

    def last_answers(self, username: str, limit: int = 5) -> list[tuple]:
        """:return: the newest answers to a user: (reply, when), newest first"""
        return self._read(
            "SELECT reply, authdate FROM radpostauth WHERE username = %s ORDER BY id DESC LIMIT %s",
            (username, limit),
        )

    def _sessions(self, where: str, args=None) -> list[Session]:
        rows = self._read(
            "SELECT radacctid, acctuniqueid, acctsessionid, username,"
            " host(nasipaddress), nasportid,"
            " host(framedipaddress), coalesce(delegatedipv6prefix, framedipv6prefix)::text,"
            " callingstationid, class, acctstarttime, acctupdatetime, acctstoptime,"
            " coalesce(acctinputoctets, 0), coalesce(acctoutputoctets, 0), acctterminatecause"
            f" FROM radacct WHERE {where}",  # pylint: disable=sql-injection
            args,
        )
        return [
            Session(
                row[0],
                row[1],
                unescape(row[2]),
                unescape(row[3]),
                row[4] or "",
                unescape(row[5]),
                row[6] or "",
                row[7] or "",
                unescape(row[8]),
                class_text(row[9]).partition("@")[0],
                *row[10:15],
                row[15] or "",
                changed_at(class_text(row[9])),
            )
            for row in rows
        ]


def hide(table: str, values: tuple) -> tuple:
    """The values of a row with the secret among them wrapped."""
    if table == "nas":
        return (*values[:3], SecretText(values[3] or ""), *values[4:])
    if table == "radcheck" and values[1] in SECRET_ATTRIBUTES:
        return (*values[:3], SecretText(values[3]))
    return tuple(values)


def reveal(value):
    return value.reveal() if isinstance(value, SecretText) else value


def describe(row: Row) -> str:
    """``radreply Framed-IP-Address := 100.64.0.10``; a secret shows as dots."""
    if row.table == "radusergroup":
        return f"radusergroup {row.values[1]} (priority {row.values[2]})"
    if row.table == "nas":
        return f"nas {row.values[0]} {row.values[1]}"
    return f"{row.table} {' '.join(f'{value}' for value in row.values[1:])}"


def transcript(steps: Iterable[Step]) -> str:
    return "\n".join(step.summary for step in steps)


def unescape(text: str | None) -> str:
    """FreeRADIUS writes unusual characters as ``=25``: the router needs its own text back."""
    return ESCAPED.sub(lambda match: chr(int(match.group(1), 16)), text or "")


def changed_at(text: str) -> int:
    """The number that :meth:`RadiusSql.note_change` left in a Class, 0 without one."""
    serial = text.partition("@")[2] if text.startswith("silver-") else ""
    return int(serial) if serial.isdigit() else 0


def class_text(value: str | None) -> str:
    """The attribute Class as it was sent: FreeRADIUS stores it as hexadecimal octets."""
    if value and value.startswith("0x"):
        try:
            return bytes.fromhex(value[2:]).decode("ascii", "replace")
        except ValueError:
            return value
    return value or ""
