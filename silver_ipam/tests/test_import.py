import base64

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import IpamCommon

ROUTEROS = r"""# 2026-11-20 by RouterOS 7.16
/ip pool
add name=p ranges=10.77.0.2-10.77.0.14
/ppp secret
add name=%(contract)s password=x profile=100M \
    remote-address=10.77.0.5 service=pppoe
add name=dynamic password=y
/ip dhcp-server lease
add address=10.77.0.6 comment=nobody mac-address=AA:BB:CC:00:00:01
"""


@tagged("post_install", "-at_install")
class TestImport(IpamCommon):
    def run_import(self, text, **vals):
        record = self.env["isp.ip.import"].create(
            {
                "filename": "x.csv",
                "file": base64.b64encode(text.encode()),
                "base_station_id": self.base.id,
                **vals,
            }
        )
        record.action_run()
        return record

    def verdicts(self, record):
        return {line.address: line.verdict for line in record.line_ids}

    def test_own_columns(self):
        contract = self._service(base_station_id=self.other_base.id)
        held = self._service()
        customer = self._customer("Only One")
        text = (
            "address;status;contract;customer;note\n"
            f"10.77.0.9;in_use;{contract.name};;uno\n"
            "10.77.0.10;reserved;;Only One;\n"
            "10.77.0.[11-12];active;;;camera\n"
            "10.77.0.13;reserved;;Nobody;\n"
            f"{held.ip_address};in_use;{contract.name};;\n"
            "10.99.0.1;reserved;;Only One;\n"
            "10.77.0;reserved;;Only One;\n"
            "10.77.0.14;weird;;Only One;\n"
        )
        record = self.run_import(text)
        self.assertEqual(
            self.verdicts(record),
            {
                "10.77.0.9": "imported",
                "10.77.0.10": "imported",
                "10.77.0.11": "imported",
                "10.77.0.12": "imported",
                "10.77.0.13": "refused",
                held.ip_address: "refused",
                "10.99.0.1": "refused",
                "10.77.0": "refused",
                "10.77.0.14": "refused",
            },
        )
        self.assertEqual(contract.ip_address, "10.77.0.9")
        row = self.Reservation.search(
            [("ip_address", "=", "10.77.0.10"), ("pool_id", "=", self.pool.id)]
        )
        self.assertEqual((row.partner_id, row.state), (customer, "reserved"))
        messages = " ".join(record.line_ids.filtered("message").mapped("message"))
        for words in ("No customer", "in use by", "Make the pool first", "no address", "no state"):
            self.assertIn(words, messages)
        # again: the same rows, nothing new
        periods = self.History.search_count([])
        record.action_run()
        self.assertEqual((record.imported, record.unchanged, record.refused), (0, 4, 5))
        self.assertEqual(self.History.search_count([]), periods)
        self.assertPromises()
        self.assertEqual(record.action_download_refused()["type"], "ir.actions.act_url")

    def test_netbox_columns(self):
        customer = self._customer("Acme NetBox")
        record = self.run_import(
            "address,status,vrf,tenant,dns_name,description\n"
            "10.77.0.9/28,active,,Acme NetBox,a.example,\n"
            "10.77.0.10/28,deprecated,,,,\n"
        )
        self.assertEqual(
            self.verdicts(record), {"10.77.0.9": "imported", "10.77.0.10": "unchanged"}
        )
        row = record.line_ids.reservation_id
        self.assertEqual((row.partner_id, row.state), (customer, "reserved"))

    def test_routeros(self):
        contract = self._service(base_station_id=self.other_base.id)
        record = self.run_import(ROUTEROS % {"contract": contract.name}, format="routeros")
        self.assertEqual(self.verdicts(record), {"10.77.0.5": "imported", "10.77.0.6": "refused"})
        self.assertEqual(contract.ip_address, "10.77.0.5")

    def test_unusable_files(self):
        for text, kind in (("", "csv"), ("a,b\n1,2\n", "csv"), ("hello", "routeros")):
            with self.assertRaisesRegex(UserError, "cannot be read"), self.env.cr.savepoint():
                self.run_import(text or " ", format=kind)
