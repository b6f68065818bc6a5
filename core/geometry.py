"""Distances between points and outlines in metres, and the National Grid in degrees. Plain arithmetic.

Points are (longitude, latitude) in degrees of WGS 84. Flat is exact enough over one borough.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

METRES_PER_DEGREE = 111_320.0

Point = tuple[float, float]
Ring = Sequence[Point]


def metres_from_line(point: Point, start: Point, end: Point) -> float:
    """Return how far a point is from the straight line between two others."""
    stretch = math.cos(math.radians(start[1]))
    px, py = (point[0] - start[0]) * stretch, point[1] - start[1]
    dx, dy = (end[0] - start[0]) * stretch, end[1] - start[1]
    length = dx * dx + dy * dy
    along = 0.0 if length == 0 else max(0.0, min(1.0, (px * dx + py * dy) / length))
    return math.hypot(px - along * dx, py - along * dy) * METRES_PER_DEGREE


def is_inside(point: Point, rings: Sequence[Ring]) -> bool:
    """Whether a point lies in the area of closed rings: in an odd number of them, so that a hole counts as outside."""
    x, y = point
    inside = False
    for ring in rings:
        for (ax, ay), (bx, by) in zip(ring, ring[1:], strict=False):
            if (ay > y) != (by > y) and x < ax + (y - ay) / (by - ay) * (bx - ax):
                inside = not inside
    return inside


def metres_from_area(point: Point, rings: Sequence[Ring]) -> float:
    """Return how far a point is from the area of closed rings; 0 inside, infinity when there is no ring."""
    if is_inside(point, rings):
        return 0.0
    lines = (line for ring in rings for line in zip(ring, ring[1:], strict=False))
    return min((metres_from_line(point, start, end) for start, end in lines), default=math.inf)


# Airy 1830 and WGS 84, the National Grid's projection, and the Helmert shift between the two (metres, radians, parts).
_AIRY = (6_377_563.396, 6_356_256.909)
_WGS84 = (6_378_137.0, 6_356_752.3142)
_SCALE, _LAT0, _LON0, _EAST0, _NORTH0 = 0.9996012717, math.radians(49), math.radians(-2), 400_000.0, -100_000.0
_SHIFT = (446.448, -125.157, 542.060)
_TURN = tuple(math.radians(seconds / 3600) for seconds in (0.1502, 0.2470, 0.8421))
_GROW = -20.4894e-6


def from_national_grid(easting: float, northing: float) -> Point:
    """Return a point of the British National Grid in degrees; right to about five metres.

    Source: Ordnance Survey, A guide to coordinate systems in Great Britain, annexes B and C.
    """
    lat, lon = _unprojected(easting, northing)
    x, y, z = _to_space(lat, lon, _AIRY)
    (tx, ty, tz), (rx, ry, rz), s = _SHIFT, _TURN, 1 + _GROW
    return _from_space(tx + s * x - rz * y + ry * z, ty + rz * x + s * y - rx * z, tz - ry * x + rx * y + s * z)


def _unprojected(easting: float, northing: float) -> tuple[float, float]:
    a, b = _AIRY
    e2 = 1 - (b * b) / (a * a)
    lat = _LAT0
    arc = 0.0
    while abs(northing - _NORTH0 - arc) >= 1e-5:
        lat += (northing - _NORTH0 - arc) / (a * _SCALE)
        arc = _meridian_arc(lat)
    sin, tan = math.sin(lat), math.tan(lat)
    nu = a * _SCALE / math.sqrt(1 - e2 * sin * sin)
    rho = a * _SCALE * (1 - e2) * (1 - e2 * sin * sin) ** -1.5
    eta2, t2, d, sec = nu / rho - 1, tan * tan, easting - _EAST0, 1 / math.cos(lat)
    seven = tan / (2 * rho * nu)
    eight = tan / (24 * rho * nu**3) * (5 + 3 * t2 + eta2 - 9 * t2 * eta2)
    nine = tan / (720 * rho * nu**5) * (61 + 90 * t2 + 45 * t2 * t2)
    eleven = sec / (6 * nu**3) * (nu / rho + 2 * t2)
    twelve = sec / (120 * nu**5) * (5 + 28 * t2 + 24 * t2 * t2)
    return lat - seven * d**2 + eight * d**4 - nine * d**6, _LON0 + sec / nu * d - eleven * d**3 + twelve * d**5


def _meridian_arc(lat: float) -> float:
    a, b = _AIRY
    n = (a - b) / (a + b)
    less, more = lat - _LAT0, lat + _LAT0
    terms = (
        (1 + n + 1.25 * n**2 + 1.25 * n**3) * less,
        -(3 * n + 3 * n**2 + 2.625 * n**3) * math.sin(less) * math.cos(more),
        (1.875 * n**2 + 1.875 * n**3) * math.sin(2 * less) * math.cos(2 * more),
        -35 / 24 * n**3 * math.sin(3 * less) * math.cos(3 * more),
    )
    return b * _SCALE * sum(terms)


def _to_space(lat: float, lon: float, ellipsoid: tuple[float, float]) -> tuple[float, float, float]:
    a, b = ellipsoid
    e2 = 1 - (b * b) / (a * a)
    nu = a / math.sqrt(1 - e2 * math.sin(lat) ** 2)
    return nu * math.cos(lat) * math.cos(lon), nu * math.cos(lat) * math.sin(lon), (1 - e2) * nu * math.sin(lat)


def _from_space(x: float, y: float, z: float) -> Point:
    a, b = _WGS84
    e2 = 1 - (b * b) / (a * a)
    flat = math.hypot(x, y)
    lat = math.atan2(z, flat * (1 - e2))
    for _round in range(6):
        nu = a / math.sqrt(1 - e2 * math.sin(lat) ** 2)
        lat = math.atan2(z + e2 * nu * math.sin(lat), flat)
    return math.degrees(math.atan2(y, x)), math.degrees(lat)
