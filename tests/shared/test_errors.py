"""Codes are for programs: each means one thing, whichever function says it."""

import importlib
import pkgutil
import re
from collections.abc import Iterator

import functions
from shared import errors
from shared.problems import WrongMethod, status_of


def _all(kind: type[errors.UVoteError]) -> Iterator[type[errors.UVoteError]]:
    for member in kind.__subclasses__():
        yield member
        yield from _all(member)


def _every() -> list[type[errors.UVoteError]]:
    for module in pkgutil.walk_packages(functions.__path__, "functions."):
        importlib.import_module(module.name)
    return [kind for kind in _all(errors.UVoteError) if kind.__module__.startswith(("functions.", "shared."))]


def test_a_code_has_one_status_wherever_it_is_told() -> None:
    statuses: dict[str, set[int]] = {}
    for kind in _every():
        if kind is not WrongMethod:
            statuses.setdefault(kind.code, set()).add(status_of(kind))
    assert {code: found for code, found in statuses.items() if len(found) > 1} == {}


def test_every_code_is_a_word_for_programs_and_every_sentence_one_for_people() -> None:
    for kind in _every():
        assert re.fullmatch(r"[a-z][a-z0-9_]*", kind.code), kind
        assert re.fullmatch(r"[A-Z“].*[.!?]", kind.sentence), kind


def test_an_error_says_its_own_sentence_unless_it_is_given_another() -> None:
    assert (str(errors.Conflict()), errors.Conflict().detail) == (errors.Conflict.sentence,) * 2
    assert errors.Conflict("Another one.", receipt="ABCD").detail == "Another one."
    assert errors.Conflict(receipt="ABCD").more == {"receipt": "ABCD"}
