from hypothesis import HealthCheck, settings
from hypothesis import given as hypothesis_given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from .. import optical

metres = st.floats(0, 50_000, allow_nan=False)
losses = st.floats(0, 60, allow_nan=False)


def given(*strategies):
    """Without a deadline: what is tested is the answer, not how busy the machine is."""

    def decorate(test):
        calm = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
        return calm(hypothesis_given(*strategies)(test))

    return decorate


@tagged("post_install", "-at_install")
class TestOptical(BaseCase):
    def test_known_network(self):
        """C+ (3 dBm, -30 dBm), 2 km, 1:4 and 1:8, drop of 100 m: by hand on paper."""
        trunk = optical.span_loss_db(2.0, splices=2, connectors=1)
        self.assertAlmostEqual(trunk, 0.7 + 0.2 + 0.3)
        drop = optical.drop_loss_db(100)
        self.assertAlmostEqual(drop, 0.13 * 0.35 + 0.6)
        answer = optical.budget(3.0, -30.0, trunk, 7.4, 10.7, drop)
        self.assertAlmostEqual(answer.margin_db, 33.0 - 1.2 - 18.1 - 0.6455)
        self.assertAlmostEqual(answer.received_dbm, answer.margin_db - 30.0)

    def test_no_such_splitter(self):
        for outputs, tap in ((3, None), (8, "70"), (2, "71")):
            with self.assertRaises(ValueError):
                optical.output_losses(outputs, tap)

    def test_negative_length(self):
        with self.assertRaises(ValueError):
            optical.span_loss_db(-1)

    def test_one_loss_for_each_output(self):
        for outputs in optical.BALANCED_LOSS_DB:
            self.assertEqual(len(optical.output_losses(outputs)), outputs)
        for tap in optical.TAP_LOSS_DB:
            self.assertEqual(len(optical.output_losses(2, tap)), 2)

    def test_no_splitter_makes_light(self):
        """The outputs of a splitter never add up to more than what went in."""
        pairs = [(outputs, None) for outputs in optical.BALANCED_LOSS_DB]
        pairs += [(2, tap) for tap in optical.TAP_LOSS_DB]
        for outputs, tap in pairs:
            out = sum(10 ** (-loss / 10) for loss in optical.output_losses(outputs, tap))
            self.assertLessEqual(out, 1.0, (outputs, tap))

    @given(metres, metres)
    def test_longer_loses_more(self, one, other):
        short, long = sorted((one, other))
        self.assertLessEqual(optical.drop_loss_db(short), optical.drop_loss_db(long))

    @given(st.lists(losses, max_size=6), losses)
    def test_order_is_indifferent_and_loss_only_takes(self, parts, more):
        forward = optical.budget(3.0, -28.0, *parts)
        backward = optical.budget(3.0, -28.0, *reversed(parts))
        self.assertAlmostEqual(forward.margin_db, backward.margin_db)
        self.assertLessEqual(
            optical.budget(3.0, -28.0, *parts, more).margin_db, forward.margin_db + 1e-9
        )

    @given(st.floats(0, 40), st.floats(0, 40))
    def test_spans_add_up(self, one, other):
        whole = optical.span_loss_db(one + other)
        self.assertAlmostEqual(whole, optical.span_loss_db(one) + optical.span_loss_db(other))
