"""Reports as a browser shows them: nothing wider than a phone, text to be read, pictures as the tables say."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from playwright.async_api import Page

from functions.frontend.pages import report
from shared.methods import METHODS, export
from shared.methods.model import Contest, Marks
from tests.journeys.chromium import Eyes, chromium

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


async def wide(tab: Page, chosen: str) -> list[float]:
    """How wide these are on the screen."""
    found: list[float] = await tab.eval_on_selector_all(
        chosen, "all => all.map(one => one.getBoundingClientRect().width)"
    )
    return found


@pytest.mark.parametrize("method", ["stv-scottish", "schulze", "irv"])
async def test_a_report_reads_well_at_every_width(method: str, tmp_path: Path, pytestconfig: pytest.Config) -> None:
    counter = METHODS[method]
    contest = Contest("c", counter.most_seats or 2, tuple(NAMES))
    counted = counter.count(contest, PAPERS, lot=lambda _, options: options)
    shown = export.as_json(counted, NAMES)
    file = tmp_path / "report.html"
    file.write_text(report("Rowing club", counter.title, shown, list(NAMES.values())))
    folder = pytestconfig.getoption("screenshots")
    async with chromium() as browser:
        tab = await browser.new_page()
        await tab.goto(file.as_uri())
        await Eyes(tab, Path(folder) / f"report-{method}" if folder else None).look(method)
        bars = await wide(tab, "figure > .picture .lost, figure > .picture .won")
        held = [float(shown["stages"][-1]["votes"].get(name, 0)) for name in NAMES.values()]
        assert [bar / max(bars) for bar in bars] == pytest.approx([votes / max(held) for votes in held], abs=0.01)
        ribbons = await wide(tab, ".picture .goes")
        moves = [stage["moved"] for stage in shown["stages"] if stage["moved"]]
        ends = [by for move in moves for by in (*move["to"].values(), move["nontransferable"]) if by.strip("0.")]
        assert len(ribbons) == len(ends) and all(ribbons)
