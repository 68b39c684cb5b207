"""A damaged file is refused with the line at fault, or read as a second, plainer reader reads it, and counted."""

import re
from io import BytesIO
from pathlib import Path
from random import Random

import pytest

from knative.mistake import Mistake
from knative.reading import fitting
from shared.files import blt, preflib, record, table
from shared.files.election import Election, FileError
from shared.methods import METHODS
from shared.methods.model import EQUAL, SCORED, Contest
from tests.shared.files.damage import SMALL, Plain, damaged, plain


def read(name: str, content: bytes) -> Election:
    file = BytesIO(content)
    match name.rpartition(".")[2]:
        case "blt":
            return blt.read(file)
        case "csv":
            return table.read(file, 1)
        case "json":
            return record.read(file).election
        case _:
            return preflib.read(file, 1)


def as_plain(name: str, election: Election) -> Plain:
    papers: dict[tuple[tuple[str, ...], ...], int] = {}
    for marks, many in election.papers.items():
        key = tuple(tuple(sorted(mark.split(EQUAL))) for mark in marks)
        papers[key] = papers.get(key, 0) + many
    return (election.seats if name.endswith(("blt", "json")) else None), dict(election.names), papers


def count(election: Election) -> None:
    """By a method that takes any ranks, or scores; a paper that does not fit is told as a Mistake."""
    seats = min(election.seats, 50)
    scored = any(SCORED in mark for marks in election.papers for mark in marks)
    method = METHODS["star-bloc" if scored else "stv-scottish"]
    contest = Contest("c", seats, election.options)
    try:
        papers = fitting(method, contest, election.papers)
    except Mistake as mistake:
        assert "equal ranks" in str(mistake) or (scored and re.search("does not fit|has no scores", str(mistake)))
        return
    counted = method.count(contest, papers, lot=lambda _, options: options)
    assert counted.papers == sum(papers.values())
    assert scored or len(counted.winners) == min(seats, len(election.options))


def one(name: str, content: bytes, chance: Random, *, counting: bool = True) -> bool:
    """Whether it was read."""
    spoilt = damaged(content, chance)
    try:
        election = read(name, spoilt)
    except FileError as refusal:
        assert 1 <= refusal.line <= len(spoilt) + 2
        assert str(refusal).startswith(f"Line {refusal.line}: ")
        return False
    assert as_plain(name, election) == plain(name, spoilt), spoilt
    if counting:
        count(election)
    return True


@pytest.mark.parametrize("name", SMALL)
def test_the_second_reader_reads_what_is_not_damaged_as_the_first(name: str) -> None:
    election = read(name, SMALL[name])
    assert as_plain(name, election) == plain(name, SMALL[name])
    assert election.papers
    count(election)


@pytest.mark.parametrize("name", SMALL)
def test_damaged_small_files(name: str) -> None:
    read_anyway = sum(one(name, SMALL[name], Random(f"{name} {number}")) for number in range(200))
    assert 10 <= read_anyway <= 190, "damage that is always or never seen tests nothing"


def test_damaged_wards(wards: Path) -> None:
    files = [file.read_bytes() for file in sorted(wards.glob("*.blt"))]
    chance = Random("wards")
    for number in range(400):
        one("ward.blt", files[number % len(files)], chance, counting=number % 20 == 0)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_hundred_thousand_damaged_files(wards: Path) -> None:
    files = [("ward.blt", file.read_bytes()) for file in sorted(wards.glob("*.blt"))]
    chance = Random("many")
    for number in range(100_000):
        name, content = chance.choice(files) if number % 4 == 0 else chance.choice(list(SMALL.items()))
        one(name, content, chance, counting=name != "ward.blt" or number % 200 == 0)
