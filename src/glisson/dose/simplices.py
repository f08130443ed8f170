"""The point of a segment, triangle or tetrahedron that lies nearest to the origin, in four dimensions.

A point of the plane through the corners is a weighted mean of them. Where the nearest one has a weight below 0, the nearest
point of the body lies on a face opposite to a corner with such a weight; so the search goes down from tetrahedron to corner.

References:
    Ju et al. 2008, doi:10.1118/1.2836952.
"""

from collections.abc import Callable
from typing import Any

Jit = Callable[[Any], Any]


def build_distance(jit: Jit) -> Any:
    """The function for the squared distance of the tetrahedron whose corners are the rows of a (4, 4) array; ``jit`` compiles."""
    products = build_products(jit)
    segment = build_segment(jit, products)
    return build_tetrahedron(jit, products, build_triangle(jit, products, segment))


def build_products(jit: Jit) -> Any:
    """(dot, toward, at): (a - p) · (b - p); -p · (a - p); |p + x (a - p) + y (b - p) + z (c - p)|²."""

    def dot(v: Any, p: int, a: int, b: int) -> float:
        total = 0.0
        for axis in range(4):
            total += (v[a, axis] - v[p, axis]) * (v[b, axis] - v[p, axis])
        return total

    def toward(v: Any, p: int, a: int) -> float:
        total = 0.0
        for axis in range(4):
            total -= v[p, axis] * (v[a, axis] - v[p, axis])
        return total

    def at(v: Any, corners: Any, weights: Any) -> float:
        p, a, b, c = corners
        x, y, z = weights
        total = 0.0
        for axis in range(4):
            here = v[p, axis]
            here += x * (v[a, axis] - v[p, axis]) + y * (v[b, axis] - v[p, axis]) + z * (v[c, axis] - v[p, axis])
            total += here * here
        return total

    return jit(dot), jit(toward), jit(at)


def build_segment(jit: Jit, products: Any) -> Any:
    """The function for the squared distance of the segment between two corners."""
    dot, toward, at = products

    def segment(v: Any, p: int, a: int) -> float:
        x = min(max(toward(v, p, a) / dot(v, p, a, a), 0.0), 1.0)
        return float(at(v, (p, a, a, a), (x, 0.0, 0.0)))

    return jit(segment)


def build_triangle(jit: Jit, products: Any, segment: Any) -> Any:
    """The function for the squared distance of the triangle of three corners."""
    dot, toward, at = products

    def triangle(v: Any, p: int, a: int, b: int) -> float:
        aa, ab, bb = dot(v, p, a, a), dot(v, p, a, b), dot(v, p, b, b)
        to_a, to_b = toward(v, p, a), toward(v, p, b)
        area = aa * bb - ab * ab
        x, y = (to_a * bb - to_b * ab) / area, (to_b * aa - to_a * ab) / area
        if x >= 0.0 and y >= 0.0 and x + y <= 1.0:
            return float(at(v, (p, a, b, b), (x, y, 0.0)))
        best = 1e300
        if x + y > 1.0:
            best = segment(v, a, b)
        if x < 0.0:
            best = min(best, segment(v, p, b))
        if y < 0.0:
            best = min(best, segment(v, p, a))
        return best

    return jit(triangle)


def build_tetrahedron(jit: Jit, products: Any, triangle: Any) -> Any:
    """The function for the squared distance of the tetrahedron of four corners."""
    dot, toward, at = products

    def weights(v: Any) -> Any:
        """Of corners 1, 2, 3 in the nearest point of the space through all four (Cramer's rule)."""
        aa, ab, ac = dot(v, 0, 1, 1), dot(v, 0, 1, 2), dot(v, 0, 1, 3)
        bb, bc, cc = dot(v, 0, 2, 2), dot(v, 0, 2, 3), dot(v, 0, 3, 3)
        a, b, c = toward(v, 0, 1), toward(v, 0, 2), toward(v, 0, 3)
        p, q, r = bb * cc - bc * bc, ac * bc - ab * cc, ab * bc - ac * bb
        s, t, u = aa * cc - ac * ac, ab * ac - aa * bc, aa * bb - ab * ab
        volume = aa * p + ab * q + ac * r
        return (p * a + q * b + r * c) / volume, (q * a + s * b + t * c) / volume, (r * a + t * b + u * c) / volume

    weights = jit(weights)

    def tetrahedron(v: Any) -> float:
        x, y, z = weights(v)
        if x >= 0.0 and y >= 0.0 and z >= 0.0 and x + y + z <= 1.0:
            return float(at(v, (0, 1, 2, 3), (x, y, z)))
        best = 1e300
        if x + y + z > 1.0:
            best = triangle(v, 1, 2, 3)
        if x < 0.0:
            best = min(best, triangle(v, 0, 2, 3))
        if y < 0.0:
            best = min(best, triangle(v, 0, 1, 3))
        if z < 0.0:
            best = min(best, triangle(v, 0, 1, 2))
        return best

    return jit(tetrahedron)
