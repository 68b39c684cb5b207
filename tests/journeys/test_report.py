"""Reports as a browser shows them: nothing wider than a phone, text to be read, pictures as the tables say."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from playwright.async_api import Page

from functions.frontend.pages import report
from shared.methods import METHODS, export
from shared.methods.model import Contest, Majority, Marks
from tests.journeys.chromium import Eyes, chromium
from tests.shared.methods.elections import liking

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

NAMES = {
    "a": "Adaora Nwachukwu-Lindqvist (Independent)",
    "b": "Bo <Berg> & Sons",
    "c": "Cyd",
    "d": "Dilys Rowlands-Featherstonehaugh",
    "e": "Esi",
}
PAPERS: Mapping[Marks, int] = {
    ("a", "b", "c"): 40,
    ("a", "d"): 25,
    ("b", "c", "a"): 21,
    ("c", "b"): 12,
    ("d", "a", "c", "b"): 18,
    ("e", "c"): 7,
    ("e", "d", "a"): 4,
    (): 2,
}
MOTION: Mapping[Marks, int] = {("a",): 71, ("b",): 33, ("c",): 8, (): 2}


async def wide(tab: Page, chosen: str) -> list[float]:
    """How wide these are on the screen."""
    found: list[float] = await tab.eval_on_selector_all(
        chosen, "all => all.map(one => one.getBoundingClientRect().width)"
    )
    return found


@pytest.mark.parametrize("method", ["stv-scottish", "schulze", "irv", "star", "motion"])
async def test_a_report_reads_well_at_every_width(method: str, tmp_path: Path, pytestconfig: pytest.Config) -> None:
    counter = METHODS[method]
    options = tuple(NAMES)[: len(counter.roles) or None]
    names = [NAMES[option] for option in options]
    rule = Majority("at least 2/3", "votes cast") if counter.roles else None
    contest = Contest("c", counter.most_seats or 2, options, majority=rule)
    papers = MOTION if counter.roles else {liking(counter, contest, marks): many for marks, many in PAPERS.items()}
    shown = export.as_json(counter.count(contest, papers, lot=lambda _, options: options), NAMES)
    file = tmp_path / "report.html"
    file.write_text(report("Rowing club", counter.title, shown, names))
    folder = pytestconfig.getoption("screenshots")
    async with chromium() as browser:
        tab = await browser.new_page()
        await tab.goto(file.as_uri())
        await Eyes(tab, Path(folder) / f"report-{method}" if folder else None).look(method)
        bars = await wide(tab, "figure > .picture .lost, figure > .picture .won")
        last = [stage["votes"] for stage in shown["stages"] if "unit" not in stage][-1]
        held = [float(last.get(name, 0)) for name in names]
        assert [bar / max(bars) for bar in bars] == pytest.approx([votes / max(held) for votes in held], abs=0.01)
        ribbons = await wide(tab, ".picture .goes")
        moves = [stage["moved"] for stage in shown["stages"] if stage["moved"]]
        ends = [by for move in moves for by in (*move["to"].values(), move["nontransferable"]) if by.strip("0.")]
        assert len(ribbons) == len(ends) and all(ribbons)


async def test_a_report_on_paper_has_every_column_and_is_dark_on_light(tmp_path: Path) -> None:
    """What would be scrolled to on a screen is lost on paper; browsers make a page up to half as large to fit it."""
    names = {letter: f"Candidate {letter.upper()} Rowlands" for letter in "abcdefghijklmn"}
    papers = {tuple(names)[start : start + 4]: 10 + start for start in range(11)}
    contest = Contest("c", 3, tuple(names))
    shown = export.as_json(METHODS["stv-scottish"].count(contest, papers, lot=lambda _, options: options), names)
    file = tmp_path / "report.html"
    file.write_text(report("Rowing club", "Single transferable vote", shown, list(names.values())))
    async with chromium() as browser:
        tab = await browser.new_page(viewport={"width": 720, "height": 1000})
        await tab.goto(file.as_uri())
        await tab.emulate_media(media="print", color_scheme="dark")
        ways = await tab.eval_on_selector_all(".scroll", "all => all.map(one => getComputedStyle(one).overflowX)")
        assert len(ways) > 1 and set(ways) == {"visible"}
        assert await tab.evaluate("document.documentElement.scrollWidth") in range(721, 2 * 720)
        assert await tab.eval_on_selector("td.n", "one => getComputedStyle(one).color") == "rgb(27, 31, 36)"
