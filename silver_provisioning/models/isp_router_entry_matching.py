import json
from dataclasses import replace

from odoo import models

from ..drivers.base import DriverError, SecretText
from ..drivers.mikrotik import Found
from ..drivers.mikrotik.planning import Policy
from .router_verdict import choose, differences, words

CHUNK = 1000
SERVED = ("pending", "active", "suspended")


class IspRouterEntry(models.Model):
    """Whose each entry is, and whether it says what the contract says.

    Kept in the row, so that thousands can be filtered; renewed by each look, by each adoption and
    by *Compare Again*.
    """

    _inherit = "isp.router.entry"

    def _match(self):
        """Give each row its verdict: about twenty queries for a thousand rows."""
        rows = self.filtered(lambda row: row.active)
        for nas, of_nas in rows.grouped("nas_id").items():
            touched = of_nas.contract_id
            for start in range(0, len(of_nas), CHUNK):
                of_nas[start : start + CHUNK]._match_chunk(nas)
            of_nas._match_twice(nas, touched | of_nas.contract_id)
        return True

    def _match_chunk(self, nas):
        choices = self._choices(nas)
        contracts = self.env["isp.contract"].browse(
            {choice[1] for choice in choices.values() if choice[1]}
            | {other for choice in choices.values() for other in choice[3]}
        )
        names = {contract.id: contract.name for contract in contracts}
        mine = contracts.filtered(lambda c: c.state in SERVED)
        wanted = self._wanted(nas, mine)
        values = []
        for row in self:
            verdict, contract_id, how, others = choices[row.id]
            listed = ", ".join(names[other] for other in others[:5])
            notes = []
            if verdict == "one":
                contract = contracts.browse(contract_id)
                verdict, notes = row._verdict_of(nas, contract, wanted.get(contract_id))
            elif verdict == "conflict" and not others:
                notes = [["unknown_mark", row.owner, ""]]
            else:
                code = {"nobody": "no_contract", "ambiguous": "candidates", "ended": "left"}
                notes = [[code.get(verdict, "disagree"), listed, ""]]
            values.append((row.id, contract_id, how or None, verdict, json.dumps(notes)))
        self._write_verdicts(values)

    def _choices(self, nas):
        """:return: ``{row id: (verdict, contract id, how, other contract ids)}``; ``one``: whether
        it is ours and equal is still to be said"""
        evidence = self.env["isp.router.evidence"]
        told = {row.id: words(row.comment, row.queue_name, row.username) for row in self}
        numbers = {word for row_words in told.values() for word in row_words}
        numbers |= set(filter(None, self.mapped("owner")))
        by = {
            "user": evidence._contracts_of_users(nas, set(filter(None, self.mapped("username")))),
            "address": evidence._contracts_of_addresses(
                nas, set(filter(None, self.mapped("address")))
            ),
            "mac": evidence._contracts_of_macs(nas, set(filter(None, self.mapped("mac")))),
            "number": evidence._contracts_of_numbers(nas, numbers),
        }
        everybody = {ids for found in by.values() for group in found.values() for ids in group}
        contracts = self.env["isp.contract"].browse(everybody).exists()
        cancelled = {contract.id for contract in contracts if contract.state == "cancelled"}
        choices = {}
        for row in self:
            of_row = {
                "mark": by["number"].get(row.owner, set()),
                "user": by["user"].get(row.username, set()),
                "number": set().union(*(by["number"].get(word, set()) for word in told[row.id])),
                "address": by["address"].get(row.address, set()),
                "mac": by["mac"].get(row.mac, set()),
            }
            live = {how: ids - cancelled for how, ids in of_row.items()}
            ended = {how: ids & cancelled for how, ids in of_row.items()}
            choice = choose(live, ended)
            hand = row.chosen_contract_id
            if hand and not live["mark"] - {hand.id}:
                choices[row.id] = ("one", hand.id, "hand", ())
            elif row.owner and not of_row["mark"]:
                choices[row.id] = ("conflict", None, "", ())  # of another Silver, perhaps
            else:
                choices[row.id] = (choice.verdict, choice.contract, choice.how, choice.others)
        return choices

    def _wanted(self, nas, contracts):
        """How these contracts should be on the router, whether or not Silver writes there yet.

        :return: ``{contract id: RouterService, DriverError, or the isp.nas that serves it}``
        """
        adapter = self.env["isp.provisioning.adapter.mikrotik"]
        nas_of = contracts._provisioning_nas()
        addresses = contracts._ip_assignments()
        rates = contracts.product_id._isp_rates()
        wanted = {}
        contracts = contracts.sudo()
        adapter._fetch(contracts)
        for contract in contracts:
            if nas_of.get(contract.id, nas) != nas:
                wanted[contract.id] = nas_of[contract.id]
                continue
            address = (addresses[contract.id]["ipv4"] or "").partition("/")[0]
            try:
                wanted[contract.id] = adapter._service(
                    nas, contract, address, rates[contract.product_id.id]
                )
            except DriverError as error:
                wanted[contract.id] = error
        return wanted

    def _verdict_of(self, nas, contract, want):
        """:return: (verdict, notes) of a row whose contract is known"""
        if want is None:
            return "adoptable", []
        if isinstance(want, models.BaseModel):
            return "conflict", [["other_router", contract.name, want.display_name]]
        known = contract.sudo().radius_user_ids[:1].username or ""
        if isinstance(want, DriverError):
            notes = [["driver", str(want), ""]] if self.owner == contract.name else []
            return ("different" if notes else "adoptable"), notes
        if contract.state == "pending":
            want = replace(want, status="active")  # as it will be
        policy = Policy(nas.suspended_list or "", nas.suspended_profile or "")
        notes = differences(self._found(), want, policy, known)
        marked = self.owner == contract.name
        if not (want.pppoe or want.queue or want.lease):
            # the router holds nothing for him but the list: there is nothing to put a mark on
            marked = marked or not {note[0] for note in notes} & {"user", "address", "lent"}
        if marked:
            return ("different" if notes else "equal"), notes
        if self.adopted_at and self.adopted_at >= self.last_seen:
            return "adopted", notes
        return "adoptable", notes

    def _found(self):
        """:return: the row as the driver said it"""
        self.ensure_one()
        secret = self.sudo().password
        return Found(
            key=self.key,
            parts=tuple((self.parts or "").split(",")),
            username=self.username or "",
            password=SecretText(secret) if secret else None,
            address=self.address or "",
            fixed=self.address_fixed,
            mac=self.mac or "",
            profile=self.profile or "",
            upload_kbps=self.upload_kbps,
            download_kbps=self.download_kbps,
            queue_name=self.queue_name or "",
            disabled=self.disabled,
            listed=self.listed,
        )

    def _match_twice(self, nas, contracts):
        """A contract with two entries on the router: which one is his, a person has to say. One
        that is known better than the others (chosen, marked, by its PPP user) stays."""
        rows = self.search(
            [
                ("nas_id", "=", nas.id),
                ("contract_id", "in", contracts.ids),
                ("ignored", "=", False),
                ("verdict", "in", ["adoptable", "equal", "different", "adopted", "conflict"]),
            ]
        )
        values, again = [], self.browse()
        for contract, of_contract in rows.grouped("contract_id").items():
            if len(of_contract) == 1:
                # it had a double, which is gone or somebody else's now
                lonely = (of_contract.notes or [[""]])[0][0] == "twice"
                again |= of_contract if lonely and of_contract not in self else self.browse()
                continue
            best = self.browse()
            for how in ("hand", "mark", "user"):
                best = of_contract.filtered(lambda row, how=how: row.matched_by == how)
                if best:
                    break
            for row in of_contract:
                if len(best) == 1 and row == best:
                    continue
                others = ", ".join((of_contract - row)[:5].mapped("label"))
                notes = json.dumps([["twice", others, ""]])
                values.append((row.id, contract.id, row.matched_by or None, "conflict", notes))
        self._write_verdicts(values)
        if again:
            again._match_chunk(nas)

    def _write_verdicts(self, values):
        """:param list values: ``(id, contract id, how, verdict, notes as JSON)``"""
        if not values:
            return
        self.flush_model()
        self.env.cr.execute_values(
            """
            UPDATE isp_router_entry AS entry SET contract_id = v.contract, matched_by = v.how,
                verdict = v.verdict, notes = v.notes
            FROM (VALUES %s) AS v (id, contract, how, verdict, notes) WHERE entry.id = v.id
            """,
            values,
            template="(%s, %s::int, %s::varchar, %s, %s::jsonb)",
            page_size=1000,
        )
        self.invalidate_model(["contract_id", "matched_by", "verdict", "notes"])
