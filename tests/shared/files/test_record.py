"""A record of ours is read as it was published, and one with a paper that could not be in a box is refused."""

from io import BytesIO

import pytest

from shared.files import record
from shared.files.election import FileError
from tests.shared.files.damage import RECORD, SCORED_RECORD


def test_papers_stand_as_they_were_counted() -> None:
    assert record.read(BytesIO(RECORD)).election.papers == {("a", "b"): 2, ("b",): 3, (): 1}
    assert record.read(BytesIO(SCORED_RECORD)).election.papers == {("a:5", "b:0"): 2, ("b:3",): 3, (): 1}


@pytest.mark.parametrize("wrong", [b"a:5", b"a:3", b"c:3", b"b:3=", b"b:", b"b:05", b":1"])
def test_an_option_that_is_none_or_is_marked_twice_is_refused(wrong: bytes) -> None:
    with pytest.raises(FileError, match="has a paper that does not fit"):
        record.read(BytesIO(SCORED_RECORD.replace(b"b:0", wrong)))
