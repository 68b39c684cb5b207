"""A CSV of papers is read in one of four forms, or refused with the number of its line."""

from io import BytesIO

import pytest

from shared.files import table
from shared.files.election import Election, FileError


def read(text: str) -> Election:
    return table.read(BytesIO(text.encode()), 2)


def papers(text: str) -> dict[str, int]:
    """By names, so that a test reads as its file."""
    election = read(text)
    named = {**election.names, "": ""}
    return {
        " ".join("=".join(named[one] for one in mark.split("=")) for mark in marks): many
        for marks, many in election.papers.items()
    }


def test_our_own_form_has_every_option_those_without_a_mark_too() -> None:
    text = 'papers,marks\r\n0,Ann,"Bob, B",Cyd\r\n3,"Bob, B",Ann\r\n2\r\n1,"Bob, B",Ann\r\n'
    assert read(text) == Election("", 2, {"1": "Ann", "2": "Bob, B", "3": "Cyd"}, (), {("2", "1"): 4, (): 2})


@pytest.mark.parametrize(
    ("text", "ordered"),
    [
        ("papers,marks\n0,Yes,No\n3,No\n", True),
        ("papers,marks\n3,No\n2,Yes\n", False),
        ("papers,marks\n0,Yes\n3,No\n", False),
        ("papers,marks\n3,No\n0,No,Yes\n", False),
        ("votes,1\n3,No\n2,Yes\n", False),
        ("Yes,No\n1,\n,1\n", True),
    ],
)
def test_whether_a_file_says_in_which_order_its_options_stand(text: str, ordered: bool) -> None:
    """The order in which papers name them is none: who is for a motion need not come first."""
    assert read(text).ordered is ordered


def test_a_name_that_would_run_in_a_spreadsheet_is_read_as_it_was() -> None:
    assert list(read("papers,marks\n1,'=1+1,'Ann',-x\n").names.values()) == ["=1+1", "'Ann'", "-x"]


@pytest.mark.parametrize("head", ["1,2,3", "Rank 1,Rank 2,Rank 3", "1st choice,2nd choice,3rd choice"])
def test_ranks_over_names(head: str) -> None:
    assert papers(f"{head}\nAnn,Bob,\nAnn,,Bob\nBob\n") == {"Ann Bob": 2, "Bob": 1}
    assert papers(f"Count,{head}\n5,Ann,Bob,Cyd\n") == {"Ann Bob Cyd": 5}


def test_names_over_ranks() -> None:
    text = "Ann,Bob,Cyd\n2,1,\n3,1,\n1,2,1\n,,\n"
    assert papers(text) == {"Bob Ann": 2, "Ann=Cyd Bob": 1}
    assert papers("weight,Ann,Bob\n4,2,1\n3,,\n") == {"Bob Ann": 4, "": 3}


def test_names_over_scores() -> None:
    text = "Ann,Bob,Cyd\n5,0,\n05,0,\n,2,1\n,,\n"
    assert table.read(BytesIO(text.encode()), 1, scores=True).papers == {("1:5", "2:0"): 2, ("2:2", "3:1"): 1}
    own = read(f"Scored papers,{text}".replace("\n", "\n4,", 4))
    assert own.papers == {("1:5", "2:0"): 8, ("2:2", "3:1"): 4, (): 4}
    with pytest.raises(FileError, match="Line 3: '-1' is no score"):
        read("scored papers,Ann\n1,5\n1,-1\n")


def test_scores_are_under_names_whatever_these_are() -> None:
    """Heads that count from 1 are ranks only where ranks can be."""
    for text, scores in (("scored papers,Option 1,Option 2\n1,5,3\n", False), ("Option 1,Option 2\n5,3\n", True)):
        read = table.read(BytesIO(text.encode()), 1, scores=scores)
        assert (list(read.names.values()), read.papers) == (["Option 1", "Option 2"], {("1:5", "2:3"): 1})


def test_lines_are_counted_where_a_cell_goes_over_two() -> None:
    with pytest.raises(FileError, match="Line 4: an option is marked twice"):
        read('1,2\n"Ann\n",Bob\nBob,Bob\n')


@pytest.mark.parametrize(
    ("text", "line", "about"),
    [
        ("", 1, "empty"),
        ("papers\n3\n", 1, "no column"),
        ("papers,marks\nAnn\n", 2, "number of papers"),
        ("papers,marks\n-1,Ann\n", 2, "number of papers"),
        ("papers,marks\n1.5,Ann\n", 2, "number of papers"),
        ("papers,marks\n100000001,Ann\n", 2, "number of papers"),
        ("papers,marks\n1,Ann\n\n1,Ann,Bob,Ann\n", 4, "twice"),
        ("papers,marks\n1,Ann,,Bob\n", 2, "no name"),
        ("papers,marks\n", 1, "no option"),
        ("1,2\nAnn,Bob,Cyd\n", 2, "more cells"),
        ("Ann,Ann\n1,2\n", 1, "same name"),
        ("Ann,\n1,2\n", 1, "no name"),
        ('1,2\n"Ann\rLee",Bob\n', 3, "more than one line"),
        ("Ann,Bob\n1,x\n", 2, "'x' is no rank"),
        ("Ann,Bob\n0,1\n", 2, "'0' is no rank"),
        ("Ann,Bob\n1.0,2\n", 2, "'1.0' is no rank"),
        ('Ann,Bob\n1,"2\n', 3, "not CSV"),
        ('Ann,Bob\n1,"2"x\n', 2, "not CSV"),
    ],
)
def test_what_cannot_be_understood_is_refused_with_its_line(text: str, line: int, about: str) -> None:
    with pytest.raises(FileError) as refusal:
        read(text)
    assert (refusal.value.line, about in str(refusal.value)) == (line, True), refusal.value


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(FileError, match="Line 2: this is not UTF-8"):
        table.read(BytesIO(b"1,2\nJ\xf6rg,Ann\n"), 1)
