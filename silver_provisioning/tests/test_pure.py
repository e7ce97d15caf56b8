"""Calculations without ORM and without network."""

from collections import Counter
from types import SimpleNamespace

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..drivers.base import Redactor, SecretText, digest, plain
from ..drivers.radius_policy import RadiusUser, rate_limit, speed
from ..drivers.radius_sql import RadiusSql, Stored
from ..models.backoff import BREAKER_LONGEST, LONGEST_DELAY, breaker_delay, delay
from ..models.session_sync import Known, growth, merge

STATUSES = st.sampled_from(["active", "suspended", "rejected", "absent"])
TEXT = st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=3, max_size=12)
USERS = st.builds(
    RadiusUser,
    username=st.just("ana"),
    password=TEXT.map(SecretText),
    status=STATUSES,
    group=TEXT,
    suspended_group=st.just("suspended"),
    ipv4=st.sampled_from(["", "100.64.0.1", "100.64.0.2"]),
    ipv6_prefix=st.sampled_from(["", "2001:db8::/56"]),
)


def rates(**values):
    names = (
        "download_kbps upload_kbps burst_download_kbps burst_upload_kbps"
        " burst_threshold_download_kbps burst_threshold_upload_kbps burst_time_s priority"
        " guaranteed_download_kbps guaranteed_upload_kbps"
    )
    return SimpleNamespace(**(dict.fromkeys(names.split(), 0) | {"priority": 8} | values))


@tagged("post_install", "-at_install")
class TestPure(BaseCase):
    def test_rate_limit(self):
        self.assertEqual(rate_limit(rates(download_kbps=100_000, upload_kbps=50_000)), "50M/100M")
        self.assertEqual(rate_limit(rates(download_kbps=1500, upload_kbps=512)), "512k/1500k")
        self.assertEqual(
            rate_limit(
                rates(
                    download_kbps=50_000,
                    upload_kbps=10_000,
                    burst_download_kbps=60_000,
                    burst_upload_kbps=12_000,
                    burst_threshold_download_kbps=40_000,
                    burst_threshold_upload_kbps=8_000,
                    burst_time_s=10,
                    guaranteed_download_kbps=25_000,
                    guaranteed_upload_kbps=5_000,
                )
            ),
            "10M/50M 12M/60M 8M/40M 10/10 8 5M/25M",
        )
        self.assertEqual(speed(0), "0")

    @given(wanted=USERS, before=USERS)
    @settings(max_examples=200, deadline=None)
    def test_plan_leads_there(self, wanted, before):
        """Whatever is there, carrying the plan out gives exactly what is wanted; then no plan."""
        driver = RadiusSql(SimpleNamespace(secrets=list))
        stored = [Stored(number, row) for number, row in enumerate(before.rows())]
        rows = Counter(item.row for item in stored)
        for step in driver.plan(wanted, stored):
            if step.action == "delete":
                rows[step.before.row] -= 1
            else:
                rows[step.after] += 1
        self.assertEqual(+rows, Counter(wanted.rows()))
        again = [Stored(number, row) for number, row in enumerate((+rows).elements())]
        self.assertEqual(driver.plan(wanted, again), ())

    @given(user=USERS)
    def test_no_secret_in_a_plan(self, user):
        driver = RadiusSql(SimpleNamespace(secrets=list))
        secret = user.password.reveal() + "#canary"
        steps = driver.plan(RadiusUser("ana", SecretText(secret), user.status, user.group), ())
        self.assertNotIn(secret, repr(steps) + "".join(step.summary for step in steps))

    def test_policy_names(self):
        ana = RadiusUser("ana", SecretText("x"), "active", "g", ipv4="100.64.0.1")
        same = RadiusUser("ana", SecretText("other"), "active", "g", ipv4="100.64.0.1")
        moved = RadiusUser("ana", SecretText("x"), "active", "g", ipv4="100.64.0.2")
        self.assertEqual(ana.policy, same.policy, "a new password ends no session")
        self.assertNotEqual(ana.policy, moved.policy)

    @given(attempts=st.integers(0, 10_000))
    def test_delays(self, attempts):
        self.assertLessEqual(delay(attempts).total_seconds(), LONGEST_DELAY * 1.2)
        self.assertGreater(delay(attempts).total_seconds(), 0)
        self.assertLessEqual(breaker_delay(attempts).total_seconds(), BREAKER_LONGEST * 1.2)

    def test_delay_grows(self):
        fixed = [delay(n, uniform=lambda low, high: 1).total_seconds() for n in (1, 2, 3, 20)]
        self.assertEqual(fixed, [5, 10, 20, 3600])

    def test_redactor(self):
        redact = Redactor(["s3cr3t-value", "ab"])
        for text in (
            "=password=hunter2hunter",
            "snmp community publicish",
            'X-Auth-Token: "abcdef123456"',
            "connect to s3cr3t-value failed",
            "Cleartext-Password := hunter2hunter",
            "postgresql://user:hunter2hunter@host/db",
            "password hunter2hunter",
        ):
            shown = redact(text)
            for secret in ("hunter2hunter", "publicish", "abcdef123456", "s3cr3t-value"):
                self.assertNotIn(secret, shown, text)
        self.assertEqual(redact("about abacus"), "about abacus")

    @given(secret=TEXT.filter(lambda text: len(text) > 5))
    def test_secret_text(self, secret):
        value = SecretText(secret)
        self.assertEqual(value.reveal(), secret)
        for shown in (repr(value), str(value), f"{value}", f"{value!r}", repr([value])):
            self.assertNotIn(secret, shown)
        self.assertNotIn(secret, repr(plain({"a": value})))
        self.assertEqual(digest(value), digest(SecretText(secret)))
        self.assertNotEqual(digest(value), digest(SecretText(secret + "x")))

    def test_traffic(self):
        def row(unique_id, number, up, down, stopped=None):
            return SimpleNamespace(
                unique_id=unique_id, id=number, input_octets=up, output_octets=down, stopped=stopped
            )

        known = {"a": Known(100, 1000), "b": Known(5, 5)}
        changes = merge(
            [row("a", 1, 150, 1500), row("b", 2, 6, 6, "end"), row("c", 9, 1, 2, "end")]
            + [row("old", 3, 7, 7, "end"), row("d", 4, 3, 3), row("a", 1, 150, 1500)],
            known,
            mark=5,
        )
        seen = {c.session.unique_id: (c.upload, c.download, c.is_new, c.is_open) for c in changes}
        self.assertEqual(
            seen,
            {
                "a": (50, 500, False, True),
                "b": (1, 1, False, False),
                "c": (1, 2, True, False),
                "d": (3, 3, True, True),
            },
            "a closed one from before the mark was counted then",
        )
        self.assertEqual(growth(100, 30), 30, "a counter that went back was started again")
