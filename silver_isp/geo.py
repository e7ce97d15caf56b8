"""Geometry on the ground: pure functions, no ORM.

Latitudes and longitudes are WGS84 degrees, distances metres. Web Mercator is the frame of the
index in PostgreSQL (see :data:`GEO_SQL`): it is conformal, so the order of near things is true,
and a distance in it times ``cos(latitude)`` is the distance on the ground.
"""

from math import asin, atan2, cos, degrees, hypot, log, pi, radians, sin, sqrt, tan

EARTH_M = 6378137.0
MAX_LATITUDE = 85.05
#: further than this from every base of the company, a position deserves a second look
FAR_M = 500_000.0
#: a swapped pair must land at most this far from a base to be called swapped
NEAR_M = 200_000.0

#: generated column: NULL where there is no position (0, 0 is the sea off Ghana)
GEO_SQL = """
    CASE WHEN (latitude <> 0 OR longitude <> 0) AND latitude BETWEEN -85.06 AND 85.06 THEN point(
        6378137 * radians(longitude::double precision),
        6378137 * ln(tan(pi() / 4 + radians(latitude::double precision) / 2))
    ) END
"""


def has_position(latitude, longitude):
    """:return: False for 0, 0, which is how Odoo stores "not given"."""
    return bool(latitude or longitude)


def in_range(latitude, longitude):
    """:return: whether the pair is a position on the map (Web Mercator ends at 85.05 degrees)."""
    return abs(latitude) <= MAX_LATITUDE and abs(longitude) <= 180.0


def mercator(latitude, longitude):
    """:return: ``(x, y)`` Web Mercator metres.
    :raise ValueError: outside the map
    """
    if not in_range(latitude, longitude):
        raise ValueError(f"{latitude}, {longitude} is not on the map")
    x = EARTH_M * radians(longitude)
    return x, EARTH_M * log(tan(pi / 4 + radians(latitude) / 2))


def mercator_distance_m(latitude, longitude, other_latitude, other_longitude):
    """:return: metres as the index in PostgreSQL measures them; good to 1 % within 50 km."""
    x, y = mercator(latitude, longitude)
    other_x, other_y = mercator(other_latitude, other_longitude)
    return hypot(other_x - x, other_y - y) * cos(radians(latitude))


def distance_m(latitude, longitude, other_latitude, other_longitude):
    """:return: great circle distance in metres (haversine)."""
    phi, other_phi = radians(latitude), radians(other_latitude)
    half_dphi = (other_phi - phi) / 2
    half_dlambda = radians(other_longitude - longitude) / 2
    chord = sin(half_dphi) ** 2 + cos(phi) * cos(other_phi) * sin(half_dlambda) ** 2
    return 2 * EARTH_M * asin(min(1.0, sqrt(chord)))


def bearing_deg(latitude, longitude, other_latitude, other_longitude):
    """:return: initial bearing from the first point to the second, 0 <= degrees < 360, 0 is
    north."""
    phi, other_phi = radians(latitude), radians(other_latitude)
    dlambda = radians(other_longitude - longitude)
    y = sin(dlambda) * cos(other_phi)
    x = cos(phi) * sin(other_phi) - sin(phi) * cos(other_phi) * cos(dlambda)
    return degrees(atan2(y, x)) % 360.0


def in_beam(bearing, azimuth, beam_width):
    """:return: whether ``bearing`` falls in a beam centred on ``azimuth``, all in degrees.

    A width of 360 or more is an omnidirectional antenna.
    """
    off = abs((bearing - azimuth + 180.0) % 360.0 - 180.0)
    return beam_width >= 360.0 or off <= beam_width / 2


def looks_swapped(latitude, longitude, references):
    """Tell latitude and longitude written in each other's place.

    :param references: iterable of ``(latitude, longitude)`` of places known to be right
    :return: True when the pair is off the map, or far from every reference while the swapped
        pair is near one
    """
    references = list(references)
    if not in_range(latitude, longitude):
        return in_range(longitude, latitude)
    if not references or not in_range(longitude, latitude):
        return False
    here = min(distance_m(latitude, longitude, *place) for place in references)
    there = min(distance_m(longitude, latitude, *place) for place in references)
    return here > FAR_M and there < NEAR_M


def mercator_scale(latitude):
    """:return: metres on the ground for one metre of Web Mercator at this latitude."""
    return cos(radians(latitude))
