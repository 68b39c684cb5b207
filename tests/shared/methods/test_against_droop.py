"""Counts of papers drawn by chance, beside those of droop where its source is: its folder is UVOTE_TEST_DROOP."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from shared.files import blt
from shared.methods import METHODS
from shared.methods.model import Contest, Papers

DROOP = os.environ.get("UVOTE_TEST_DROOP")
pytestmark = pytest.mark.skipif(DROOP is None, reason="UVOTE_TEST_DROOP names no folder with droop's source")
RULES: dict[str, dict[str, Any]] = {
    "stv-scottish": {"rule": "scotland"},
    "stv-meek": {"rule": "meek-prf"},
    "stv-warren": {"rule": "warren", "arithmetic": "fixed", "precision": 9, "omega": 6, "defeat_batch": "none"},
}
Outcome = tuple[set[str], list[str]]
"""The elected, and the defeated in turn."""


@pytest.fixture
def droop(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str, str], Outcome]:
    """droop's count of a BLT text by a method of ours."""
    monkeypatch.syspath_prepend(DROOP)
    from droop.election import Election
    from droop.options import Options
    from droop.profile import ElectionProfile

    file = tmp_path / "papers.blt"

    def count(method: str, text: str) -> Outcome:
        file.write_text(text)
        election = Election(ElectionProfile(path=str(file)), Options({**RULES[method], "path": str(file)}))
        election.count()
        told = [(action["tag"], action["msg"]) for action in election.record()["actions"]]
        named = [(tag, said.split(": ", 1)[-1], said) for tag, said in told if tag in ("elect", "defeat")]
        return (
            {name for tag, name, _ in named if tag == "elect"},
            [name for tag, name, said in named if tag == "defeat" and "remaining" not in said],
        )

    return count


def drawn(number: int) -> Iterator[tuple[Contest, Papers]]:
    chance = Random(2026)
    for _ in range(number):
        options = tuple(str(option) for option in range(1, chance.randint(2, 7) + 1))
        papers: dict[tuple[str, ...], int] = {}
        for _ in range(chance.randint(4, 14)):
            marks = tuple(chance.sample(options, chance.randint(1, len(options))))
            papers[marks] = papers.get(marks, 0) + chance.randint(3, 30)
        yield Contest("c", chance.randint(1, len(options)), options), papers


@pytest.mark.parametrize("method", RULES)
def test_droop_elects_and_defeats_the_same(method: str, droop: Callable[[str, str], Outcome]) -> None:
    compared = 0
    for contest, papers in drawn(300):
        counted = METHODS[method].count(contest, papers)
        if counted.ties:
            continue
        compared += 1
        names = {option: f"C{option}" for option in contest.options}
        elected, defeated = droop(method, blt.write("t", contest.seats, contest.options, names, papers))
        assert {names[option] for option in counted.winners} == elected, (contest, papers)
        ours = [names[stage.of] for stage in counted.stages if stage.what == "exclusion" and stage.of]
        assert ours == defeated, (contest, papers)
    assert compared >= 200
