"""A PrefLib file is read as it says of itself, or refused with the number of its line."""

from io import BytesIO

import pytest

from shared.files import preflib
from shared.files.election import Election, FileError

TOI = """\
# FILE NAME: club.toi
# TITLE: A club
# DATA TYPE: toi
# NUMBER ALTERNATIVES: 3
# NUMBER VOTERS: 7
# NUMBER UNIQUE ORDERS: 3
# ALTERNATIVE NAME 1: Ann
# ALTERNATIVE NAME 2: Bob: B
# ALTERNATIVE NAME 3: Cyd
4: 2,{3, 1}
2: 3
1: {1,3},2
"""
SOC = TOI.replace("toi", "soc").replace("2,{3, 1}", "2,3,1").replace("2: 3", "2: 3,1,2").replace("{1,3},2", "1,3,2")


def read(text: str) -> Election:
    return preflib.read(BytesIO(text.encode()), 2)


def test_orders_with_and_without_equal_ranks() -> None:
    names = {"1": "Ann", "2": "Bob: B", "3": "Cyd"}
    assert read(TOI) == Election("A club", 2, names, (), {("2", "1=3"): 4, ("3",): 2, ("1=3", "2"): 1})
    assert read(SOC).papers == {("2", "3", "1"): 4, ("3", "1", "2"): 2, ("1", "3", "2"): 1}
    assert read(SOC.replace("soc", "soi").replace("3,1,2", "3")).papers[("3",)] == 2
    assert read(SOC.replace("soc", "toc")).papers == read(SOC).papers


@pytest.mark.parametrize(
    ("was", "becomes", "line", "about"),
    [
        ("DATA TYPE: toi", "DATA TYPE: cat", 3, "DATA TYPE"),
        ("# DATA TYPE: toi\n", "", 9, "DATA TYPE"),
        ("DATA TYPE: toi", "DATA TYPE: soi", 10, "not understood"),
        ("DATA TYPE: toi", "DATA TYPE: toc", 11, "not complete"),
        ("ALTERNATIVES: 3", "ALTERNATIVES: 4", 10, "alternative 4 has no name"),
        ("ALTERNATIVES: 3", "ALTERNATIVES: 2", 10, "no alternative '3'"),
        ("ALTERNATIVES: 3", "ALTERNATIVES: none", 4, "NUMBER ALTERNATIVES"),
        ("ALTERNATIVES: 3", "ALTERNATIVES: 0", 4, "between 1 and"),
        ("NAME 3: Cyd", "NAME 3: Ann", 9, "same name"),
        ("NAME 3: Cyd", "NAME 2: Cyd", 9, "there twice"),
        ("VOTERS: 7", "VOTERS: 8", 5, "8 voters are announced, and 7"),
        ("4: 2", "0: 2", 10, "number of papers"),
        ("4: 2", "2", 10, "number of papers"),
        ("{3, 1}", "{3, 1", 10, "not understood"),
        ("{3, 1}", "{3, 1}}", 10, "not understood"),
        ("{3, 1}", "{3, 2}", 10, "twice"),
        ("{3, 1}", "{}", 10, "no alternative ''"),
        ("2: 3", "2: 3,", 11, "not understood"),
        ("2: 3", "2: x", 11, "not understood"),
        ("1: {1,3},2\n", "", 5, "announced"),
    ],
)
def test_what_cannot_be_understood_is_refused_with_its_line(was: str, becomes: str, line: int, about: str) -> None:
    assert was in TOI
    with pytest.raises(FileError) as refusal:
        read(TOI.replace(was, becomes, 1))
    assert (refusal.value.line, about in str(refusal.value)) == (line, True), refusal.value
