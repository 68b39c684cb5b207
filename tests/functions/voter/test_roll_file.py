"""Any file is a roll or a list of lines at fault, never anything else."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.voter import roll_file
from functions.voter.roll_file import BadFile, Voter, read_roll

names = st.text(
    st.characters(exclude_categories=["Cc", "Cs", "Zs", "Zl", "Zp"]) | st.sampled_from(' ",;'), min_size=1, max_size=60
).filter(lambda name: name.strip() != "")
people = st.lists(
    st.tuples(st.from_regex(r"[a-z0-9.+-]{1,20}@[a-z0-9.-]{1,20}", fullmatch=True), names),
    min_size=1,
    max_size=20,
    unique_by=lambda person: person[0],
)


def faults(content: bytes) -> list[tuple[int, str]]:
    with pytest.raises(BadFile) as bad:
        read_roll(content)
    return [(fault.line, fault.message) for fault in bad.value.faults]


def test_columns_come_in_any_order_and_case() -> None:
    content = b"Style,NAME,Id,E-Mail\nnorth,Ada,17,Ada@Example.org\n,Bob,,bob@example.org\n"
    assert read_roll(content) == {
        2: Voter(email="ada@example.org", name="Ada", external_id="17", style="north"),
        3: Voter(email="bob@example.org", name="Bob", external_id=None, style="all"),
    }


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_semicolons_a_byte_order_mark_blank_lines_and_any_line_end_are_taken(end: str) -> None:
    content = "\ufeff" + end.join(["email;name", "ada@example.org;Lovelace, Ada", "", ";", "bob@example.org;Bob"])
    assert [(v.email, v.name) for v in read_roll(content.encode()).values()] == [
        ("ada@example.org", "Lovelace, Ada"),
        ("bob@example.org", "Bob"),
    ]


@pytest.mark.parametrize(
    "content",
    [
        "email\tname\nada@example.org\tLovelace, Ada\nbob@example.org\tBob\n",
        "email;name;;\r\nada@example.org;Lovelace, Ada;;\r\nbob@example.org;Bob;;\r\n",
        "email;name\r\nada@example.org;Lovelace, Ada;;\r\nbob@example.org;Bob\r\n",
        "email;name;id;style\r\nada@example.org;Lovelace, Ada\r\nbob@example.org;Bob;\r\n",
        "email;name\rada@example.org;Lovelace, Ada\rbob@example.org;Bob\r" + "".join(f"v{n}@x;a, b, c\r" for n in "12"),
    ],
    ids=["pasted cells", "empty columns", "empty cells beyond", "cells missing at the end", "carriage returns alone"],
)
def test_what_else_spreadsheets_write_is_taken(content: str) -> None:
    assert [(v.email, v.name, v.external_id, v.style) for v in read_roll(content.encode()).values()][:2] == [
        ("ada@example.org", "Lovelace, Ada", None, "all"),
        ("bob@example.org", "Bob", None, "all"),
    ]


@pytest.mark.parametrize(
    ("content", "line", "about"),
    [
        (b"", 1, "first line"),
        (b"name,id\nAda,1\n", 1, "first line"),
        (b"email,name,email\na@b,Ada,c@d\n", 1, "named twice"),
        (b"email,name,shoe size\na@b,Ada,38\n", 1, "not known"),
        (b"email,name\n", 2, "no voters"),
        (b"email,name\na@b,Ada\nnobody,Bob\n", 3, "email"),
        (b"email,name\na@b,Ada\nc@d,\n", 3, "name"),
        (b"email,name\na@b,A\x00da\n", 2, "name"),
        (b"email,name\na@b," + b"x" * 201 + b"\n", 2, "name"),
        (b"email,name,style\na@b,Ada,North East\n", 2, "style"),
        (b"email,name\na@b\n", 2, "2 columns"),
        (b"email,name\na@b,Ada,7\n", 2, "2 columns"),
        (b"email,name,id\na@b\n", 2, "3 columns"),
        (b"style,email,name\nnorth,a@b\n", 2, "3 columns"),
        (b"email;name\na@b,Ada\n", 2, "2 columns"),
        (b"email,name\na@b,Ada\nc@d,Bob\nA@B,Ada again\n", 4, "line 2"),
        (b'email,name\na@b,"Ada" Lovelace\n', 2, "cannot be read"),
        (b'email,name\na@b,Ada\nc@d,"Bob\ne@f,Cyd\ng@h,Dan\n', 3, "quotation marks"),
        (b'email,name\na@b,"Ada\nLovelace"\nc@d,Bob\n', 2, "name"),
        (b"email,name\na@b,J\xf6rg\n", 2, "UTF-8"),
        ("email;name\na@b;Ada\n".encode("utf-16"), 1, "UTF-8"),
    ],
)
def test_a_fault_names_its_line(content: bytes, line: int, about: str) -> None:
    [(found, message)] = faults(content)
    assert (found, about in message) == (line, True), message


def test_an_address_is_what_people_see_of_it() -> None:
    copied = "email,name\n\u200eada@example.org\u200b,Ada\n\u00a0ada@example.org\ufeff,Ada again\n"
    assert faults(copied.encode()) == [(3, "The same e-mail address as in line 2.")]
    [ada] = read_roll(copied.rsplit("\n", 2)[0].encode()).values()
    assert ada.email == "ada@example.org"


def test_an_accent_typed_apart_from_its_letter_makes_no_second_voter() -> None:
    typed = "email,name\nren\u00e9@example.org,Ren\u00e9\nrene\u0301@example.org,Ren\u00e9 again\n"
    assert faults(typed.encode()) == [(3, "The same e-mail address as in line 2.")]


def test_every_fault_is_told_but_no_more_than_a_hundred() -> None:
    assert [line for line, _ in faults(b"email,name\nx,Ada\na@b,Bob\ny,Cyd\n")] == [2, 4]
    assert len(faults(b"email,name\n" + b"x,Ada\n" * 150)) == 100


def test_a_roll_has_its_longest_length(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roll_file, "MOST_VOTERS", 3)
    lines = [f"v{n}@example.org,Voter" for n in range(4)]
    assert len(read_roll("\n".join(["email,name", *lines[:3]]).encode())) == 3
    assert faults("\n".join(["email,name", *lines]).encode()) == [(5, "A roll has at most 3 voters.")]


@given(content=st.binary(max_size=400) | st.text(max_size=400).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_are_a_roll_or_faults(content: bytes) -> None:
    try:
        assert read_roll(content)
    except BadFile as bad:
        assert all(fault.line >= 1 and fault.message for fault in bad.faults)


@given(rest=st.text(max_size=300), head=st.sampled_from(["email,name\n", "name;email;id\r\n", "style,email,name\n"]))
def test_any_text_behind_a_good_head_is_a_roll_or_faults(head: str, rest: str) -> None:
    try:
        voters = read_roll((head + rest).encode("utf-8", "surrogatepass"))
    except BadFile as bad:
        assert bad.faults
    else:
        assert len({voter.email for voter in voters.values()}) == len(voters) >= 1


@given(people=people, delimiter=st.sampled_from(",;"), mark=st.booleans())
def test_what_a_spreadsheet_writes_is_read_as_it_was(people: list[tuple[str, str]], delimiter: str, mark: bool) -> None:
    written = io.StringIO()
    csv.writer(written, delimiter=delimiter).writerows([("email", "name"), *people])
    read = read_roll(written.getvalue().encode("utf-8-sig" if mark else "utf-8"))
    assert [(voter.email, voter.name) for voter in read.values()] == [(mail, name.strip()) for mail, name in people]


def test_a_scheduled_election_takes_no_style_without_paper_and_no_silent_change_of_style() -> None:
    voters = {
        2: Voter(email="new@example.org", name="New", style="north"),
        3: Voter(email="odd@example.org", name="Odd", style="west"),
        4: Voter(email="ada@example.org", name="Ada", style="north"),
        5: Voter(email="bob@example.org", name="Bob", style="south"),
    }
    on_roll = {"ada@example.org": "south", "bob@example.org": "south"}
    found = roll_file.misfits(voters, frozenset({"north", "south"}), on_roll)
    assert [fault.line for fault in found] == [3, 4]
