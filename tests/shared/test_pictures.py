"""Pictures have the numbers of the count: bars as long, ribbons as thick; names are text, whatever they hold."""

import re
from xml.etree import ElementTree

import pytest

from shared import pictures
from shared.methods import METHODS, export
from shared.methods.model import Contest, Papers
from tests.shared.methods.elections import liking

SVG = "{http://www.w3.org/2000/svg}"
PAPERS: Papers = {("a", "b"): 4, ("a", "c"): 2, ("a",): 1, ("b",): 2, ("c",): 1}
NAMES = {"a": 'Ann "</text><script>', "b": "Bob & Co", "c": "<c>"}


def drawn(picture: str, method: str = "stv-scottish", seats: int = 2) -> ElementTree.Element:
    counted = METHODS[method].count(Contest("c", seats, tuple("abc")), PAPERS)
    svg = getattr(pictures, picture)(export.as_json(counted, NAMES), list(NAMES.values()))
    return ElementTree.fromstring(svg)  # noqa: S314  (ours)


def rectangles(picture: ElementTree.Element, how: str) -> list[tuple[float, float]]:
    found = [one for one in picture.iter(f"{SVG}rect") if one.get("class") == how]
    return [(float(one.get("width", "")), float(one.get("height", ""))) for one in found]


def thick(ribbon: ElementTree.Element) -> float:
    """How far its right end goes down."""
    start, down = re.fullmatch(r"M[\d.,]+ C(?:[\d.]+[, ]){5}([\d.]+) V([\d.]+) .*Z", ribbon.get("d", "")).groups()  # type: ignore[union-attr]
    return float(down) - float(start)


def test_bars_are_as_long_as_their_votes() -> None:
    """a begins with 7 and keeps the quota of 4; b ends with 3.71428, c with 0 or what it got."""
    picture = drawn("bars")
    width = float(picture.get("width", ""))
    firsts = [wide for wide, _ in rectangles(picture, "first")]
    assert firsts == [width, pytest.approx(width * 2 / 7, abs=0.01), pytest.approx(width / 7, abs=0.01)]
    assert rectangles(picture, "won")[0][0] == pytest.approx(width * 4 / 7, abs=0.01)
    quota = [line.get("d", "") for line in picture.iter(f"{SVG}path") if line.get("class") == "quota"]
    assert len(quota) == 3
    assert all(line.startswith(f"M{round(width * 4 / 7, 2)},") for line in quota)


def test_bars_leave_out_a_stage_that_counts_something_else() -> None:
    """STAR: points of 10 and 7, then a runoff of 2 to 0, in papers."""
    counted = METHODS["star"].count(Contest("c", 1, ("a", "b")), {("a:5", "b:3"): 1, ("a:5", "b:4"): 1})
    picture = ElementTree.fromstring(pictures.bars(export.as_json(counted, NAMES), list(NAMES.values())[:2]))  # noqa: S314
    width = float(picture.get("width", ""))
    [(wide, _)] = rectangles(picture, "lost")
    assert wide == pytest.approx(width * 0.7, abs=0.01)
    assert [one.text for one in picture.iter(f"{SVG}text") if one.get("class") == "number"] == ["10", "7"]


def test_ribbons_are_as_thick_as_the_votes_that_went() -> None:
    """At stage 2 a keeps 4 of 7 and passes on 1.71428 to b, 0.85714 to c, and 0.42857 to nobody; 10 are 360 pixels."""
    picture = drawn("flow")
    goes = sorted(thick(one) for one in picture.iter(f"{SVG}path") if one.get("class") == "goes")
    surplus = [36 * votes for votes in (0.42857, 0.85714, 1.71428)]
    assert all(any(one == pytest.approx(votes, abs=0.02) for one in goes) for votes in surplus)
    stays = [thick(one) for one in picture.iter(f"{SVG}path") if one.get("class") == "stays"]
    assert stays[0] == pytest.approx(36 * 4, abs=0.02)
    assert max(high for _, high in rectangles(picture, "won")) == pytest.approx(36 * 7, abs=0.02)


@pytest.mark.parametrize("picture", ["bars", "flow"])
def test_nothing_in_a_picture_runs_or_styles_and_names_are_text(picture: str) -> None:
    root = drawn(picture)
    assert {one.tag.removeprefix(SVG) for one in root.iter()} <= {"svg", "defs", "text", "rect", "path"}
    assert not [
        one for one in root.iter() if "style" in one.attrib or any(name.startswith("on") for name in one.attrib)
    ]
    assert set(NAMES.values()) <= {one.text for one in root.iter(f"{SVG}text")}


@pytest.mark.parametrize("method", METHODS)
def test_every_method_has_its_bars(method: str) -> None:
    counter = METHODS[method]
    contest = Contest("c", counter.most_seats or 2, tuple("abc"))
    some: list[Papers] = [{}, {(): 3}, {liking(counter, contest, one): many for one, many in (("a", 3), ("b", 1))}]
    for papers in some:
        shown = export.as_json(counter.count(contest, papers, lot=lambda _, options: options), NAMES)
        for picture in (pictures.bars, pictures.flow):
            ElementTree.fromstring(picture(shown, list(NAMES.values())))  # noqa: S314  (ours)
