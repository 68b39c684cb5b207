"""The bench of counting counts what it says, and gives no figure where two programs elect others by one rule."""

from pathlib import Path
from typing import Any

import pytest

from knative.bench import count
from knative.bench.count import Case, Program
from knative.mistake import Mistake

CASE = Case("stv-scottish", 5, 2, 300, ("uvote", "droop"))


def test_a_round_counts_the_papers_that_were_written(tmp_path: Path) -> None:
    file = tmp_path / "papers.blt"
    distinct = count.write_papers(file, CASE)
    assert len({line for line in file.read_text().splitlines() if line.startswith("1 ")}) == distinct
    programs = [Program("uvote"), Program("droop")]
    count.one_round(programs, CASE, file, 0, tmp_path / "nowhere", None)
    [round_] = programs[0].rounds
    assert round_["read"] > 0 and round_["count"] > 0 and round_["megabytes"] > 1
    assert len(round_["winners"]) == 2
    assert (programs[1].rounds, programs[1].failed) == ([], "not installed")


def test_other_winners_by_the_same_rule_give_no_figure(tmp_path: Path) -> None:
    file, droop = tmp_path / "papers.blt", tmp_path / "source" / "droop"
    count.write_papers(file, CASE)
    droop.mkdir(parents=True)
    (droop / "__init__.py").write_text("")
    (droop / "profile.py").write_text("class ElectionProfile:\n def __init__(self, path): pass\n")
    (droop / "election.py").write_text(
        "class Election:\n elected = []\n def __init__(*_): pass\n def count(self): pass\n"
    )
    with pytest.raises(Mistake, match="droop and UVote elect others by stv-scottish"):
        count.one_round([Program("uvote"), Program("droop")], CASE, file, 0, droop.parent, None)


def test_a_ratio_is_that_of_one_round() -> None:
    rounds: list[dict[str, Any]] = [{"read": 1.0, "count": 3.0}, {"read": None, "count": 2.0}]
    slow = Program("slow", rounds=[{"read": 10.0, "count": 3.0}, {"read": 20.0, "count": 8.0}])
    assert count.ratios(slow, Program("fast", rounds=[rounds[0], rounds[0]]), "count") == [1.0, 8.0 / 3]
    assert count.ratios(slow, Program("fast", rounds=[rounds[0], rounds[0]]), "both") == [13 / 4, 7.0]
    assert Program("none", rounds=[rounds[1]]).seconds("both") == []
