"""Pictures have the numbers of the count: bars as long, ribbons as thick; names are text, whatever they hold."""

import re
from xml.etree import ElementTree

import pytest

from shared import pictures
from shared.methods import METHODS, export
from shared.methods.model import Contest, Majority, Papers
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


@pytest.mark.parametrize(("pro", "needed", "longest"), [(6, 6, 1.0), (3, 4, 0.75)])
def test_a_motion_has_its_line_at_what_is_needed_beside_the_first_bar_alone(
    pro: int, needed: int, longest: float
) -> None:
    """Two thirds of what is cast for and against: 6 of 8, and 4 of 5. Who is for it is green once that is enough."""
    contest = Contest("c", 1, tuple("abc"), majority=Majority("at least 2/3"))
    counted = METHODS["motion"].count(contest, {("a",): pro, ("b",): 2, ("c",): 1})
    picture = ElementTree.fromstring(pictures.bars(export.as_json(counted, NAMES), list(NAMES.values())))  # noqa: S314
    width = float(picture.get("width", ""))
    first = rectangles(picture, "won" if pro >= needed else "lost")[0][0]
    assert first == pytest.approx(width * longest, abs=0.01)
    assert len(rectangles(picture, "won")) == (pro >= needed)
    [line] = [line.get("d", "") for line in picture.iter(f"{SVG}path") if line.get("class") == "quota"]
    assert line.startswith(f"M{width - 1:g}.0,") or line.startswith(f"M{width - 1:g},")
    assert f"Needed {needed}" in [one.text for one in picture.iter(f"{SVG}text")]


def test_the_name_of_every_stage_has_room_in_the_picture() -> None:
    """Twelve pixels a letter are about half of that wide, and a name is centred."""
    picture = drawn("flow")
    stages = [one for one in picture.iter(f"{SVG}text") if (one.text or "").startswith("Stage ")]
    assert len(stages) >= 3
    for one in stages:
        assert float(one.get("x", "")) + 3.5 * len(one.text or "") <= float(picture.get("width", ""))


def test_a_long_name_leaves_room_for_its_number() -> None:
    names = {"a": "A" * 200, "b": "Bob"}
    counted = METHODS["plurality"].count(Contest("c", 1, ("a", "b")), {("a",): 10**7, ("b",): 1})
    picture = ElementTree.fromstring(pictures.bars(export.as_json(counted, names), list(names.values())))  # noqa: S314
    assert [one.text for one in picture.iter(f"{SVG}text") if one.get("class") == "name"] == ["A" * 35 + "…", "Bob"]


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
