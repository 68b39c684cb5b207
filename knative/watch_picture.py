"""The picture of a watch: for each revision pods wanted and ready, and under them requests at once and their target.

An SVG of its own, drawn by drawsvg; gaps in what was sampled are gaps in the lines.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from knative.watch import Row

WIDE, LEFT, PODS, BUSY, HEAD, GAP = 900, 60, 70, 50, 26, 24
"""Pixels: the picture, room for numbers, the two parts of a revision, its title, what is between."""
STEP = 3.0
"""Seconds without a sample that make a gap."""
STYLE = """
text { font: 12px sans-serif; fill: #222 } .title { font-weight: bold } .note { fill: #666 }
.wanted { stroke: #c2410c; fill: none; stroke-width: 1.5; stroke-dasharray: 5 3 }
.ready { fill: #1d4ed8; fill-opacity: .35; stroke: none }
.busy { stroke: #15803d; fill: none; stroke-width: 1.5 } .target { stroke: #b91c1c; fill: none; stroke-dasharray: 2 3 }
.axis { stroke: #999; stroke-width: 1 } .woken { stroke: #7c3aed; stroke-width: 1 }
"""

Points = list[tuple[float, float]]


def draw(taken: Sequence[Row], times: Mapping[str, int]) -> str:
    """The SVG; an empty watch says so."""
    import drawsvg

    by = {name: [row for row in taken if row.revision == name] for name in dict.fromkeys(row.revision for row in taken)}
    tall = HEAD + PODS + BUSY + GAP
    high = max(1, len(by)) * tall + 40
    picture = drawsvg.Drawing(WIDE, high, role="img", aria_label="Pods wanted and ready over time")
    picture.append_css(STYLE)
    picture.append(drawsvg.Rectangle(0, 0, WIDE, "100%", fill="white"))
    if not taken:
        picture.append(drawsvg.Text("Nothing was seen.", 12, 12, 24))
    end = max((row.second for row in taken), default=1.0) or 1.0

    def x(second: float) -> float:
        return round(LEFT + (WIDE - LEFT - 12) * second / end, 1)

    for place, (name, some) in enumerate(by.items()):
        top = place * tall + HEAD
        note = f"woken {times.get(name, 0)} times" if times.get(name, 0) != 1 else "woken once"
        picture.append(drawsvg.Text(name, 12, 12, top - 8, class_="title"))
        picture.append(drawsvg.Text(note, 12, WIDE - 12, top - 8, class_="note", text_anchor="end"))
        most = max(1, *(max(row.desired, row.ready) for row in some))
        floor = top + PODS
        for lane in runs(some):
            wanted, ready = ([(x(r.second), floor - PODS * n(r) / most) for r in lane] for n in (_desired, _ready))
            picture.append(_area(ready, floor))
            picture.append(_steps(wanted, "wanted"))
        for before, after in pairwise(some):
            if before.desired == 0 < after.desired:
                picture.append(drawsvg.Line(x(after.second), top, x(after.second), floor + BUSY, class_="woken"))
        _axis(picture, floor, f"{most} pods" if most > 1 else "1 pod", top)
        floor += BUSY
        known = [row for row in some if row.concurrency is not None]
        roof = max([1.0, *(v for row in known for v in (row.concurrency or 0, _room(row)))])
        for lane in runs(known):
            for value, how in ((_busy, "busy"), (_room, "target")):
                picture.append(_steps([(x(r.second), floor - (BUSY - 8) * value(r) / roof) for r in lane], how))
        _axis(picture, floor, f"{roof:.0f} busy" if known else "not known", top + PODS + 8)
    foot = max(1, len(by)) * tall + 14
    words = "pods wanted (dashes), ready (area) · requests at once (green), their target (dots) · woken (violet)"
    picture.append(drawsvg.Text(words, 12, LEFT, foot, class_="note"))
    picture.append(drawsvg.Text(f"0 to {end:.0f} s", 12, WIDE - 12, foot + 18, class_="note", text_anchor="end"))
    svg: str = picture.as_svg()
    return svg


def runs(some: Iterable[Row]) -> list[list[Row]]:
    """What was sampled without a gap."""
    found: list[list[Row]] = []
    for row in some:
        if not found or row.second - found[-1][-1].second > STEP:
            found.append([])
        found[-1].append(row)
    return found


def _desired(row: Row) -> float:
    return row.desired


def _ready(row: Row) -> float:
    return row.ready


def _busy(row: Row) -> float:
    return row.concurrency or 0.0


def _room(row: Row) -> float:
    return (row.target or 0.0) * row.ready


def _steps(points: Points, how: str) -> Any:
    import drawsvg

    path = drawsvg.Path(class_=how).M(points[0][0], round(points[0][1], 1))
    for x, y in points[1:]:
        path.H(x).V(round(y, 1))
    return path


def _area(points: Points, floor: float) -> Any:
    path = _steps([(points[0][0], floor), (points[0][0], points[0][1]), *points[1:]], "ready")
    return path.V(floor).Z()


def _axis(picture: Any, floor: float, most: str, top: float) -> None:
    import drawsvg

    picture.append(drawsvg.Line(LEFT, floor, WIDE - 12, floor, class_="axis"))
    picture.append(drawsvg.Text(most, 12, LEFT - 6, top + 10, class_="note", text_anchor="end"))
