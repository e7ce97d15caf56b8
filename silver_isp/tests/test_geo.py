from math import isclose

from hypothesis import HealthCheck, assume, settings
from hypothesis import given as hypothesis_given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from .. import geo

latitudes = st.floats(-60, 60)
longitudes = st.floats(-179, 179)


def given(*strategies):
    """Without a deadline: what is tested is the answer, not how busy the machine is."""

    def decorate(test):
        calm = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
        return calm(hypothesis_given(*strategies)(test))

    return decorate


@tagged("post_install", "-at_install")
class TestGeo(BaseCase):
    def test_a_degree_of_latitude(self):
        self.assertAlmostEqual(geo.distance_m(0, 0, 1, 0), 111_319.49, delta=1)

    def test_bearings(self):
        self.assertAlmostEqual(geo.bearing_deg(0, 0, 1, 0), 0)
        self.assertAlmostEqual(geo.bearing_deg(0, 0, 0, 1), 90)
        self.assertAlmostEqual(geo.bearing_deg(0, 0, -1, 0), 180)
        self.assertAlmostEqual(geo.bearing_deg(0, 0, 0, -1), 270)

    def test_beam_across_north(self):
        self.assertTrue(geo.in_beam(350, 10, 90))
        self.assertTrue(geo.in_beam(30, 350, 90))
        self.assertFalse(geo.in_beam(180, 0, 90))
        self.assertTrue(geo.in_beam(180, 0, 360))

    def test_off_the_map(self):
        for pair in ((86, 0), (0, 181)):
            with self.assertRaises(ValueError):
                geo.mercator(*pair)

    def test_swapped(self):
        town = [(20.38, -99.99)]
        self.assertTrue(geo.looks_swapped(-99.99, 20.38, town))
        self.assertFalse(geo.looks_swapped(20.39, -99.98, town))
        # both orders are on the map: only the bases can tell
        spain = [(40.4, -3.7)]
        self.assertTrue(geo.looks_swapped(-3.7, 40.4, spain))
        self.assertFalse(geo.looks_swapped(40.5, -3.6, spain))
        self.assertFalse(geo.looks_swapped(-3.7, 40.4, []))

    @given(latitudes, longitudes, latitudes, longitudes)
    def test_distance_is_symmetric(self, lat, lon, lat2, lon2):
        there = geo.distance_m(lat, lon, lat2, lon2)
        self.assertGreaterEqual(there, 0)
        self.assertTrue(
            isclose(there, geo.distance_m(lat2, lon2, lat, lon), rel_tol=1e-9, abs_tol=1e-6)
        )

    @given(latitudes, longitudes, st.floats(-0.02, 0.02), st.floats(-0.02, 0.02))
    def test_index_measures_like_the_ground(self, lat, lon, dlat, dlon):
        """Within what matters for a drop, Mercator scaled at the place is the distance on the
        ground."""
        ground = geo.distance_m(lat, lon, lat + dlat, lon + dlon)
        assume(ground > 1)
        plane = geo.mercator_distance_m(lat, lon, lat + dlat, lon + dlon)
        self.assertLess(abs(plane - ground) / ground, 0.01)

    @given(latitudes, longitudes, latitudes, longitudes, st.floats(0, 359.9))
    def test_omni_sees_everything(self, lat, lon, lat2, lon2, azimuth):
        bearing = geo.bearing_deg(lat, lon, lat2, lon2)
        self.assertTrue(0 <= bearing <= 360)
        self.assertTrue(geo.in_beam(bearing, azimuth, 360))
