"""Pictures of a count, as SVG that a page holds: bars of the votes, and how votes went from stage to stage.

They are drawn by drawsvg, which needs nothing else, from a count in its JSON form. Nothing in them is a style or a
script: colours come from the page's stylesheet, by class. Names stand in texts alone, which drawsvg escapes; it does
not escape attributes. Every number in a picture is in a table of the same page, so that nobody has to see it.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from shared.methods import METHODS

Shown = Mapping[str, Any]
"""A count as `export.as_json` gives it."""

EXHAUSTED = "Non-transferable"
WIDE, BAR, ROW = 360, 12, 40
"""Bars: width of the picture, height of a bar, height of an option's row, in pixels."""
LABEL, COLUMN, NODE, TALL, LANE = 176, 104, 10, 360, 20
"""Flow: room for names, between stages, width of a node; height of all votes together, least height of a lane."""


def bars(shown: Shown, names: Sequence[str]) -> str:
    """A bar an option: what it has at the end, before what it had at first; and a line at the quota.

    Stages whose numbers count something else than the others' are not in it. Of a motion what is needed is the quota,
    which matters to those for it alone: the first option.
    """
    import drawsvg

    motion = bool(METHODS[shown["method"]].roles)
    winners = list(names[:1]) if shown.get("outcome") == "carried" else shown["winners"]
    stages = [stage for stage in shown["stages"] if "unit" not in stage]
    first, last = (votes_of(stages[at]) for at in (0, -1))
    quota = float(shown["quota"] or 0)
    most = max([quota, *first.values(), *last.values()]) or 1
    top = 18 if quota else 0
    picture = _picture(WIDE, top + ROW * len(names), "Bars of the numbers in the table")
    for row, name in enumerate(names):
        y = top + row * ROW
        won = "won" if name in winners else "lost"
        picture.append(drawsvg.Text(_short(name, 36), 14, 0, y + 14, class_="name"))
        picture.append(
            drawsvg.Text(stages[-1]["votes"].get(name, "0"), 14, WIDE, y + 14, class_="number", text_anchor="end")
        )
        for held, how in ((first.get(name, 0), "first"), (last.get(name, 0), won)):
            picture.append(drawsvg.Rectangle(0, y + 20, round(WIDE * held / most, 2), BAR, class_=how))
    if quota:
        at = min(round(WIDE * quota / most, 2), WIDE - 1)
        for row in range(1 if motion else len(names)):
            # Beside the bars alone: it would cross names and numbers.
            picture.append(drawsvg.Line(at, top + row * ROW + 18, at, top + row * ROW + 22 + BAR, class_="quota"))
        called = "Needed" if motion else "Quota"
        anchor = "start" if at < WIDE / 4 else "end"
        picture.append(drawsvg.Text(f"{called} {shown['quota']}", 12, at, 12, class_="name", text_anchor=anchor))
    return _svg(picture)


def flow(shown: Shown, names: Sequence[str]) -> str:
    """A lane an option and a column a stage: ribbons are as thick as the votes that stayed or went over."""
    import drawsvg

    stages = shown["stages"]
    held = [{**votes_of(stage), EXHAUSTED: float(stage["nontransferable"])} for stage in stages]
    lanes = _order(shown, names, held)
    total = sum(held[0].values()) or 1
    scale = TALL / total
    tall = {name: max(LANE, scale * max(votes.get(name, 0) for votes in held)) for name in lanes}
    top: dict[str, float] = {}
    y = 24.0
    for name in lanes:
        top[name] = y
        y += tall[name] + 8
    picture = _picture(LABEL + COLUMN * (len(stages) - 1) + NODE + 20, round(y), "Ribbons of the votes in the tables")
    for column, after in enumerate(stages[1:]):
        left, right = LABEL + COLUMN * column + NODE, LABEL + COLUMN * (column + 1)
        out, into = dict.fromkeys(lanes, 0.0), dict.fromkeys(lanes, 0.0)
        for giver, taker, votes in _ribbons(held[column], held[column + 1], after["moved"]):
            a, b = top[giver] + out[giver] * scale, top[taker] + into[taker] * scale
            out[giver] += votes
            into[taker] += votes
            how = "stays" if giver == taker else "goes"
            picture.append(_ribbon(left, a, right, b, max(votes * scale, 0.6), how))
    for column, votes_at in enumerate(held):
        x = LABEL + COLUMN * column
        picture.append(drawsvg.Text(f"Stage {column + 1}", 12, x + NODE / 2, 12, class_="name", text_anchor="middle"))
        for name in lanes:
            thick = votes_at.get(name, 0) * scale
            if thick:
                won = "won" if name in _elected_by(stages, column) else "node"
                picture.append(drawsvg.Rectangle(x, round(top[name], 2), NODE, round(max(thick, 1), 2), class_=won))
    for name in lanes:
        baseline = round(top[name] + 13, 2)
        picture.append(drawsvg.Text(_short(name, 20), 13, LABEL - 8, baseline, class_="name", text_anchor="end"))
    return _svg(picture)


def votes_of(stage: Mapping[str, Any]) -> dict[str, float]:
    """For drawing alone."""
    return {name: float(held) for name, held in stage["votes"].items()}


def _ribbons(
    before: Mapping[str, float], after: Mapping[str, float], moved: Mapping[str, Any] | None
) -> Iterator[tuple[str, str, float]]:
    """Who kept what, then who passed how much on to whom; what several gave together is split by what each gave."""
    for name, votes in before.items():
        if kept := min(votes, after.get(name, 0)):
            yield name, name, kept
    if moved:
        given = {name: float(by) for name, by in moved["from"].items()}
        got = {name: float(by) for name, by in moved["to"].items()}
        got[EXHAUSTED] = float(moved["nontransferable"])
        for giver, gave in given.items():
            for taker, by in got.items():
                if by:
                    yield giver, taker, by * gave / sum(given.values())


def _order(shown: Shown, names: Sequence[str], held: Sequence[Mapping[str, float]]) -> list[str]:
    """Winners in their order, then who lasted longest; at the bottom what lies with no option, where there is any."""
    lasted = {name: [votes.get(name, 0) for votes in reversed(held)] for name in names}
    losers = sorted((name for name in names if name not in shown["winners"]), key=lasted.__getitem__, reverse=True)
    return [*shown["winners"], *losers, *([EXHAUSTED] if any(votes[EXHAUSTED] for votes in held) else [])]


def _elected_by(stages: Sequence[Mapping[str, Any]], column: int) -> set[str]:
    return {name for stage in stages[: column + 1] for name in stage["elected"]}


def _ribbon(left: float, a: float, right: float, b: float, thick: float, how: str) -> Any:
    import drawsvg

    middle = (left + right) / 2
    a, b, thick = round(a, 2), round(b, 2), round(thick, 2)
    path = drawsvg.Path(class_=how).M(left, a).C(middle, a, middle, b, right, b).V(round(b + thick, 2))
    return path.C(middle, round(b + thick, 2), middle, round(a + thick, 2), left, round(a + thick, 2)).Z()


def _short(name: str, most: int) -> str:
    return name if len(name) <= most else f"{name[: most - 1]}…"


def _picture(width: float, height: float, label: str) -> Any:
    import drawsvg

    return drawsvg.Drawing(width, height, class_="picture", role="img", aria_label=label)


def _svg(picture: Any) -> str:
    svg: str = picture.as_svg(header="", skip_css=True, skip_js=True)
    return svg
