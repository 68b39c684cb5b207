"""What is written of a count is exact, named, and safe to open."""

from fractions import Fraction
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.files import table
from shared.methods import METHODS, export
from shared.methods.model import Contest, Papers, Stage, option_of, score_of
from tests.shared.methods.elections import elections

NAMES = {"a": "Ann {b}", "b": "=1+1"}


@given(number=st.fractions(min_value=0, max_value=10**9), digits=st.integers(0, 9))
def test_a_number_is_cut_off_never_rounded(number: Fraction, digits: int) -> None:
    written = export.decimal(number, digits)
    assert len(written.partition(".")[2]) == digits
    assert 0 <= number - Fraction(written) < Fraction(1, 10**digits)


@pytest.mark.parametrize(
    ("said", "elected", "sentence"),
    [
        ("{a} excluded, votes transferred", (), "Ann {b} excluded, votes transferred."),
        ("First preferences", ("b", "a"), "First preferences; elected: =1+1, Ann {b}."),
    ],
)
def test_a_sentence_has_names_for_ids_once(said: str, elected: tuple[str, ...], sentence: str) -> None:
    assert export.sentence(Stage("first", None, said, {}, Fraction(0), Fraction(0), elected), NAMES) == sentence


def test_a_name_that_would_run_in_a_spreadsheet_does_not() -> None:
    counted = METHODS["plurality"].count(Contest("c", 1, ("a", "b")), {("a",): 2, ("b",): 1})
    text = export.stages_csv(export.as_json(counted, NAMES), NAMES.values())
    assert text == ",Votes; elected: Ann {b}.\r\nAnn {b},2\r\n'=1+1,1\r\nElected: Ann {b}.,\r\n"


@pytest.mark.parametrize("begins", "=+-@")
@pytest.mark.parametrize("before", ["", "Ann;", "Ann\t", "Ann;;"])
def test_no_cell_begins_like_a_formula_wherever_a_spreadsheet_has_cells_end(before: str, begins: str) -> None:
    written = export.csv_text([["Ada", f"{before}{begins}SUM(A1);x", f"b{begins}c; {begins}"]])
    assert written == f"Ada,{before}'{begins}SUM(A1);x,b{begins}c; {begins}\r\n"


@pytest.mark.parametrize("method", [name for name in METHODS if METHODS[name].paper == "scored"])
@settings(max_examples=40)
@given(data=st.data())
def test_scored_papers_as_a_table_are_read_as_they_were(method: str, data: st.DataObject) -> None:
    election = data.draw(elections(method))
    names = {option: f"{option}:1, =2" for option in election.contest.options}
    text = export.csv_text(export.scores_rows(names, election.papers))
    read = table.read(BytesIO(text.encode()), election.contest.seats)
    number = dict(zip(election.contest.options, read.names, strict=True))
    assert list(read.names.values()) == list(names.values())
    assert read.papers == {
        tuple(f"{number[option_of(mark)]}:{score_of(mark)}" for mark in marks): many
        for marks, many in election.papers.items()
    }


def test_papers_that_prefer_neither_of_two_in_a_runoff_have_a_row_that_says_so() -> None:
    papers: Papers = {("a:5", "b:3"): 2, ("a:4", "b:4"): 3}
    counted = METHODS["star"].count(Contest("c", 1, ("a", "b")), papers)
    assert export.rows(export.as_json(counted, {"a": "a", "b": "b"}), "ab")[-1] == ["No preference", "0", "3"]


def test_what_no_option_has_is_a_row_only_where_there_is_any() -> None:
    papers = {("a", "b", "c"): 4, ("a", "c"): 2, ("a",): 1, ("b",): 2, ("c",): 1}
    counted = METHODS["stv-scottish"].count(Contest("c", 2, ("a", "b", "c")), papers)
    shown = export.as_json(counted, {option: option for option in "abc"})
    assert [row[0] for row in export.rows(shown, "abc")] == ["a", "b", "c", "Non-transferable", "Lost by cutting off"]
    counted = METHODS["stv-scottish"].count(Contest("c", 1, ("a", "b")), {("b",): 1})
    assert [row[0] for row in export.rows(export.as_json(counted, {"a": "a", "b": "b"}), "ab")] == ["a", "b"]
