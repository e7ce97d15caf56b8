"""The promises of the suite, as queries that must find nothing."""

from typing import NamedTuple

from odoo import api, models
from odoo.tools import SQL


class Invariant(NamedTuple):
    """``sql`` returns one row for each place where the promise ``meaning`` is broken."""

    name: str
    sql: str
    meaning: str


class DbObject(NamedTuple):
    """Something PostgreSQL must hold: ``kind`` is constraint, index or trigger."""

    kind: str
    table: str
    name: str


EXISTS = {
    "constraint": SQL(
        "SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE convalidated"
    ),
    "index": SQL(
        "SELECT x.indrelid::regclass::text, i.relname FROM pg_index x"
        " JOIN pg_class i ON i.oid = x.indexrelid WHERE x.indisvalid"
    ),
    "trigger": SQL(
        "SELECT tgrelid::regclass::text, tgname FROM pg_trigger"
        " WHERE NOT tgisinternal AND tgenabled <> 'D'"
    ),
}


class SilverAudit(models.AbstractModel):
    _name = "silver.audit"
    _description = "Silver audit"

    @api.model
    def _invariants(self):
        """:return: list of :class:`Invariant`; modules extend it with ``super()``."""
        return []

    @api.model
    def _expected_objects(self):
        """:return: list of :class:`DbObject` that must exist.

        Odoo logs a constraint it could not add and goes on without it, so someone has to look.
        """
        return []

    @api.model
    def run(self, limit=20):
        """Check every promise over the whole database.

        :param int limit: at most this many rows are returned for each broken promise
        :return: list of dicts ``name, meaning, rows`` (each row a list of texts); empty if all hold
        :raise AccessError: for anyone but an administrator of the suite
        """
        self._check_audit_access()
        self.env.flush_all()
        findings = []
        for kind, query in EXISTS.items():
            there = set(self.env.execute_query(query))
            missing = [
                [f"{wanted.table}.{wanted.name}"]
                for wanted in self._expected_objects()
                if wanted.kind == kind and (wanted.table, wanted.name) not in there
            ]
            if missing:
                findings.append(
                    {
                        "name": f"missing_{kind}",
                        "meaning": f"A {kind} that keeps a promise is not in the database",
                        "rows": missing,
                    }
                )
        stale = [[f"{table}.{index}"] for table, index in self._stale_indexes()]
        if stale:
            findings.append(
                {
                    "name": "stale_index",
                    "meaning": "An index that no field declares any more costs every insert; the "
                    "next update of any module drops it",
                    "rows": stale,
                }
            )
        for invariant in self._invariants():
            self.env.cr.execute(SQL(invariant.sql))
            rows = self.env.cr.fetchmany(limit)
            if rows:
                findings.append(
                    {
                        "name": invariant.name,
                        "meaning": invariant.meaning,
                        "rows": [[str(value) for value in row] for row in rows],
                    }
                )
        return findings

    @api.model
    def _check_audit_access(self):
        if not self.env.su and not self.env.user.has_group("silver_base.group_silver_admin"):
            self.env["res.groups"].check_access("write")
