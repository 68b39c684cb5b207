"""Pictures of a run over time, as SVG that the report holds. Colours come from its stylesheet, by class."""

from collections.abc import Mapping, Sequence
from typing import Any

WIDE, TALL, LEFT, RIGHT, TOP, FLOOR = 860, 200, 56, 12, 12, 26
"""Pixels: the picture, and the room around what is drawn for numbers."""
MOST_POINTS = 240

Points = Sequence[tuple[float, float]]


def over_time(
    what: str,
    unit: str,
    lines: Mapping[str, Points],
    *,
    areas: Mapping[str, Points] | None = None,
    limit: float | None = None,
    until: float = 0.0,
) -> str:
    """Lines, areas under them, and a dashed line at `limit`; each named by its class. Points are (second, value)."""
    import drawsvg

    everything = [point for some in (*lines.values(), *(areas or {}).values()) for point in some]
    end = max([until, *(x for x, _ in everything)], default=1.0) or 1.0
    roof = nice(max([limit or 0.0, *(y for _, y in everything)], default=1.0))
    high = TALL - TOP - FLOOR

    def at(point: tuple[float, float]) -> tuple[float, float]:
        x, y = point
        return round(LEFT + (WIDE - LEFT - RIGHT) * x / end, 1), round(TOP + high * (1 - min(y, roof) / roof), 1)

    picture = drawsvg.Drawing(WIDE, TALL, role="img", aria_label=what)
    picture.svg_args["class"] = "over-time"
    for part in range(5):
        value = roof * part / 4
        y = at((0, value))[1]
        picture.append(drawsvg.Line(LEFT, y, WIDE - RIGHT, y, class_="grid" if part else "axis"))
        picture.append(drawsvg.Text(short(value), 11, LEFT - 6, y + 4, class_="number", text_anchor="end"))
    for part in range(6):
        x = at((end * part / 5, 0))[0]
        anchor = "start" if part == 0 else "end" if part == 5 else "middle"
        words = f"{end * part / 5:.0f} s"
        picture.append(drawsvg.Text(words, 11, x, TALL - 8, class_="number", text_anchor=anchor))
    picture.append(drawsvg.Text(unit, 11, LEFT + 4, TOP + 10, class_="number"))
    for how, some in (areas or {}).items():
        if some:
            points = [at(point) for point in thinned(some)]
            base = at((0, 0))[1]
            path = drawsvg.Path(class_=f"area {how}").M(points[0][0], base)
            for x, y in points:
                path.L(x, y)
            picture.append(path.L(points[-1][0], base).Z())
    if limit is not None:
        y = at((0, limit))[1]
        picture.append(drawsvg.Line(LEFT, y, WIDE - RIGHT, y, class_="limit"))
    for how, some in lines.items():
        if some:
            points = [at(point) for point in thinned(some)]
            path = drawsvg.Path(class_=f"line {how}").M(*points[0])
            for x, y in points[1:]:
                path.L(x, y)
            picture.append(path)
    svg: str = picture.as_svg()
    return svg[svg.index("<svg") :]


def stacked(layers: Mapping[str, Points]) -> dict[str, Points]:
    """Each layer on top of those before it, the topmost first, so that each can be drawn over the one above.

    Where a layer has no point, a pod that is gone say, it is as thin as nothing: those above stand on what is below it.
    """
    found: dict[str, Points] = {}
    below: dict[float, float] = {x: 0.0 for some in layers.values() for x, _ in some}
    for name, some in layers.items():
        own = dict(some)
        below = {x: y + own.get(x, 0.0) for x, y in below.items()}
        found[name] = sorted(below.items())
    return dict(reversed(found.items()))


def thinned(some: Points) -> Points:
    """At most so many points as a picture shows; of neighbours the highest, so that no peak is lost."""
    each = -(-len(some) // MOST_POINTS)
    return [max(some[i : i + each], key=lambda point: point[1]) for i in range(0, len(some), each)]


def nice(most: float) -> float:
    """The top of an axis: 1, 2, 2.5, 4, 5 or 8 times a power of ten, not below `most`."""
    power = 1.0
    while power * 10 <= most:
        power *= 10
    while power > most > 0:
        power /= 10
    return (
        next((step * power for step in (1, 2, 2.5, 4, 5, 8) if step * power >= most), 10 * power) if most > 0 else 1.0
    )


def short(value: float) -> str:
    """A number of an axis."""
    return f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:.2g}"


def embedded(svg: str) -> Any:
    """A picture with a stylesheet of its own, as an address that a page holds: its styles stay inside it."""
    import base64

    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"
