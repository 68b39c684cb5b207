"""A BLT file is read as it is meant or refused with the number of its line; what is written is read as it was."""

import io
import tracemalloc
from itertools import chain, repeat

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.files import blt
from shared.files.election import Election, FileError

SMALL = """\
# contest: board
3 2   # options and seats
-2

2 1 3 0
1 3 2 1 0  # a comment
1 2 1 0
3 0
0
"Ann \""Nan\"" Lee"
"Bob # 2"  # withdrew in time
"Cyd"
"Spring election"
"""
letters = st.characters(exclude_categories=["Cc", "Cs"]) | st.sampled_from('"" #\u2028')
names = st.text(letters, min_size=1, max_size=20).filter(str.strip)


@st.composite
def files(draw: st.DrawFn) -> Election:
    called = draw(st.lists(names, min_size=1, max_size=6, unique=True))
    options = [str(number) for number in range(1, len(called) + 1)]
    marks = st.permutations(options).flatmap(lambda order: st.integers(0, len(order)).map(lambda n: tuple(order[:n])))
    return Election(
        title=draw(st.just("") | names),
        seats=draw(st.integers(1, 9)),
        names=dict(zip(options, called, strict=True)),
        withdrawn=(),
        papers=draw(st.dictionaries(marks, st.integers(1, 10**8), max_size=8)),
        contest=draw(st.none() | st.from_regex(r"[a-z0-9][a-z0-9-]{0,39}", fullmatch=True)),
        reopen=draw(st.none() | st.sampled_from(options)),
    )


@pytest.mark.parametrize(
    "name", ['"', '""', 'Ann "Nan" Lee', 'Ann ""Nan"" Lee', '"Ann" # first', "Ann\u2028Lee", "#", "0", "1 2 0"]
)
def test_an_odd_name_is_written_so_that_it_is_read_again(name: str) -> None:
    text = blt.write(name, 1, ["a", "b"], {"a": name, "b": "Bob"}, {("b", "a"): 2})
    election = blt.read_text(text)
    assert (election.names, election.title) == ({"1": name, "2": "Bob"}, name)


@given(election=files())
def test_what_is_written_is_read_as_it_was(election: Election) -> None:
    options = list(election.names)
    text = blt.write(
        election.title, election.seats, options, election.names, election.papers, election.contest, election.reopen
    )
    assert blt.read_text(text) == election


@settings(max_examples=30)
@given(election=files(), end=st.sampled_from(["\n", "\r\n", "\r"]), mark=st.sampled_from(["", "\ufeff"]))
def test_line_ends_blank_lines_and_a_byte_order_mark_do_not_matter(election: Election, end: str, mark: str) -> None:
    text = blt.write(election.title, election.seats, list(election.names), election.names, election.papers)
    assert blt.read_text(mark + end.join([" " + line + " " + end for line in text.split("\n")])) == blt.read_text(text)


def test_comments_quotation_marks_and_withdrawn_options_are_understood() -> None:
    election = blt.read_text(SMALL)
    assert election == Election(
        title="Spring election",
        seats=2,
        names={"1": 'Ann "Nan" Lee', "2": "Bob # 2", "3": "Cyd"},
        withdrawn=("2",),
        papers={("1", "3"): 2, ("3", "1"): 1, ("1",): 1, (): 3},
        contest="board",
    )
    assert election.options == ("1", "3")


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ('"Ann"', "Ann"),
        ("Ann Lee (Ind)  # bare", "Ann Lee (Ind)"),
        ('"Ann "Nan" Lee"', 'Ann "Nan" Lee'),
        ('"Ann ""Nan"""', 'Ann "Nan"'),
        ('"4"', "4"),
        ('"Ann\u2028Lee\x0c"', "Ann\u2028Lee\x0c"),
        ("'Ann' Lee", "'Ann' Lee"),
    ],
)
def test_a_name_is_quoted_or_bare(line: str, name: str) -> None:
    assert blt.read_text(f"1 1\n1 1 0\n0\n{line}\nA title").names == {"1": name}


HEAD = "3 1\n-3\n1 1 2 0\n"
TAIL = '0\n"Ann"\n"Bob"\n"Cyd"\n"Title"\n'


@pytest.mark.parametrize(
    ("text", "line", "about"),
    [
        ("", 1, "empty"),
        ("\n \n# nothing\n", 1, "empty"),
        ("3\n", 1, "two numbers"),
        ("0 1\n", 1, "two numbers"),
        ("3 0\n", 1, "two numbers"),
        ("1001 1\n", 1, "two numbers"),
        ("three 1\n", 1, "'three' is not a number"),
        ("3 1.5\n", 1, "'1.5' is not a number"),
        ("3 1\n-4\n0\n", 2, "no option 4"),
        (HEAD, 4, "no end"),
        (HEAD + "1 4 0\n" + TAIL, 4, "no option 4"),
        (HEAD + "1 -1 0\n" + TAIL, 4, "no option -1"),
        (HEAD + "1 1 2\n" + TAIL, 4, "does not end with 0"),
        (HEAD + "1 0 2 0\n" + TAIL, 4, "no option 0"),
        (HEAD + "1 2 2 0\n" + TAIL, 4, "twice"),
        (HEAD + "-1 2 0\n" + TAIL, 4, "number of papers"),
        (HEAD + "100000001 2 0\n" + TAIL, 4, "number of papers"),
        (HEAD + "1 1=4 0\n" + TAIL, 4, "no option 4"),
        (HEAD + "1 1=2 1 0\n" + TAIL, 4, "twice"),
        (HEAD + "1 1= 0\n" + TAIL, 4, "no option 0"),
        (HEAD + "1.5 1 0\n" + TAIL, 4, "'1.5' is not a number"),
        (HEAD + "(a) 1 0\n(b) 1 0\n(a) 2 0\n" + TAIL, 6, "id is there twice"),
        ("3 1\n[nick a b]\n" + TAIL, 2, "short name"),
        ("[nick a b c]\n3 1\n" + TAIL, 1, "brackets"),
        ("3 1\n[withdrawn 4]\n" + TAIL, 2, "no option 4"),
        ("3 1\n[withdrawn 3\n" + TAIL, 2, "brackets"),
        ("3 1\n# re-open nominations: 4\n" + TAIL, 2, "no option 4"),
        ("3 1\r\n-4\r0\n", 2, "no option 4"),
        (HEAD + "1 \u0661 0\n" + TAIL, 4, "not a number"),
        (HEAD + "0\n1 2 1 0\n" + TAIL, 5, "row of numbers"),
        (HEAD + '0\n"Ann"\n"Bob"\n', 7, "3 names are wanted, and 2"),
        (HEAD + '0\n"Ann"\n"Bob"\n"Ann"\n', 7, "same name"),
        (HEAD + '0\n"Ann"\n"Bob\n"Cyd"\n', 6, "not closed"),
        (HEAD + '0\n"Ann"\n""\n"Cyd"\n', 6, "no name"),
        (HEAD + TAIL + '"more"\n', 9, "after the title"),
    ],
)
def test_what_cannot_be_understood_is_refused_with_its_line(text: str, line: int, about: str) -> None:
    with pytest.raises(FileError) as refusal:
        blt.read_text(text)
    assert refusal.value.line == line, refusal.value
    assert str(refusal.value).startswith(f"Line {line}: ")
    assert about in str(refusal.value)


@given(text=st.text(max_size=200) | st.text('0123456789 -#"\n=aé', max_size=200))
def test_any_text_is_an_election_or_a_line_at_fault(text: str) -> None:
    try:
        election = blt.read_text(text)
    except FileError as refusal:
        assert 1 <= refusal.line <= len(text) + 2
    else:
        assert all(set(marks) <= set(election.options) for marks in election.papers)


@given(data=st.data())
def test_a_damaged_file_is_an_election_or_a_line_at_fault(data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(SMALL)))
    cut = data.draw(st.integers(0, 3))
    put = data.draw(st.text('0123 -"\n#=x', max_size=3))
    try:
        election = blt.read_text(SMALL[:place] + put + SMALL[place + cut :])
    except FileError as refusal:
        assert refusal.line >= 1
    else:
        assert all(number >= 1 and len(set(marks)) == len(marks) for marks, number in election.papers.items())


@pytest.mark.parametrize(
    ("papers", "read"),
    [
        ("2 3 1 0\n1 3 1 0\n", {("3", "1"): 3}),
        ("  1   3\t1  0 \n1 3 1 0 # again\n\n", {("3", "1"): 2}),
        ("(x 1) 3 1 0\n(x 2) 3 1 0\n", {("3", "1"): 2}),
        ("1 - 3 - 1 0\n", {("3", "1"): 1}),
        ("4 3=1 2 0\n1 1=3 2 0\n", {("1=3", "2"): 5}),
        ("1 03 0\n", {("3",): 1}),
    ],
)
def test_papers_of_every_dialect(papers: str, read: dict[tuple[str, ...], int]) -> None:
    assert blt.read_text(f"3 1\n{papers}0\nAnn\nBob\nCyd\n").papers == read


def test_options_withdraw_and_have_short_names_in_brackets() -> None:
    text = "3 2\n[tie 3 2 1]\n[nick ann bob cyd]\n[withdrawn 2]\n3 bob cyd ann 0\n1 2=3 0\n0\nAnn\nBob\nCyd\n"
    election = blt.read_text(text)
    assert (election.options, dict(election.papers)) == (("1", "3"), {("3", "1"): 3, ("3",): 1})


@pytest.mark.parametrize("size", [7, 64, 1 << 21])
def test_the_size_of_the_blocks_a_file_is_read_in_does_not_matter(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.files.lines.BLOCK", size)
    again = SMALL.replace("\n", "\r\n").replace("1 2 1 0", "\r\n".join(["1 2 1 0"] * 40))
    election = blt.read_text("\ufeff" + again)
    assert election.papers == {("1", "3"): 2, ("3", "1"): 1, ("1",): 40, (): 3}
    assert (election.title, election.contest) == ("Spring election", "board")
    with pytest.raises(FileError, match="Line 47: there is no option 9"):
        blt.read_text(again.replace("3 0\r\n0", "3 9 0\r\n0"))


class Long(io.RawIOBase):
    """A file of a million papers that is nowhere as a whole."""

    def __init__(self) -> None:
        papers = repeat(b"1 1 2 0\n1 2 1 0\n" * 1000, 500)
        self.left = chain([b"2 1\n"], papers, [b"0\nAnn\nBob\n"])
        self.rest = b""

    def read(self, size: int = -1) -> bytes:
        while len(self.rest) < size and (more := next(self.left, b"")):
            self.rest += more
        taken, self.rest = self.rest[:size], self.rest[size:]
        return taken


def test_memory_grows_with_different_papers_not_with_papers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.files.lines.BLOCK", 1 << 14)
    tracemalloc.start()
    try:
        election = blt.read(Long())  # type: ignore[arg-type]
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert election.papers == {("1", "2"): 500_000, ("2", "1"): 500_000}
    assert most < 1_000_000, "eight million bytes of papers must not be there at once"
