"""What is published as JSON is as its published schema says, and the schemas refuse what is not."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from referencing import Registry, Resource

from shared.methods import METHODS, export
from shared.methods.model import Contest, Majority, Papers
from tests.elections import running
from tests.shared.methods.elections import elections, falling
from tests.world import World

DOCS = Path(__file__).parent.parent / "docs"
SCHEMAS = {name: json.loads((DOCS / f"{name}.schema.json").read_text()) for name in ("count", "record")}
REGISTRY: Registry[Any] = Registry().with_resources(
    [(schema["$id"], Resource.from_contents(schema)) for schema in SCHEMAS.values()]
)


def schema(name: str) -> jsonschema.Draft202012Validator:
    jsonschema.Draft202012Validator.check_schema(SCHEMAS[name])
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    return jsonschema.Draft202012Validator(SCHEMAS[name], registry=REGISTRY, format_checker=checker)


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=20)
@given(data=st.data())
def test_every_count_is_as_its_schema_says(method: str, data: st.DataObject) -> None:
    election = data.draw(elections(method))
    lot = data.draw(st.sampled_from([None, falling("abcdefgh")]))
    names = {option: f"Option {option}" for option in election.contest.options}
    schema("count").validate(json.loads(json.dumps(export.as_json(election.count(lot=lot), names))))


def test_a_motions_count_is_as_its_schema_says_and_no_other_outcome_is() -> None:
    contest = Contest("c", 1, ("a", "b"), majority=Majority(of="roll"), quorum="at least 3", roll=9)
    some: list[Papers] = [{}, {("a",): 5}, {("b",): 5}, {("a",): 1}]
    for papers in some:
        shown = export.as_json(METHODS["motion"].count(contest, papers), {"a": "Yes", "b": "No"})
        schema("count").validate(shown)
        assert not schema("count").is_valid({**shown, "outcome": "lost"})
        assert not schema("count").is_valid({**shown, "roll": "9"})


def without(document: Any) -> Iterator[tuple[str, Any]]:
    """The document with one member of one object left out, in turn."""

    def places(part: Any, path: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
        inner = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
        for key, value in inner:
            if isinstance(part, dict):
                yield (*path, key)
            yield from places(value, (*path, key))

    for place in places(document, ()):
        spoilt = copy.deepcopy(document)
        at = spoilt
        for key in place[:-1]:
            at = at[key]
        del at[place[-1]]
        yield ".".join(map(str, place)), spoilt


async def test_the_record_is_as_its_schema_says_and_a_member_less_or_more_is_not(world: World) -> None:
    day = await running(world, voters=3, publish="after the count")
    for link, marks in zip(day.links, [["ada"], ["bob"], []], strict=True):
        answer = await day.cast(await day.pass_for(link), {"chair": marks, "board": ["b2", "b1"]})
        assert answer.status_code == 201, answer.text
    await day.finish()
    record = (await world.client("result").get(f"/results/{day.id}")).json()
    schema("record").validate(record)
    schema("record").validate((await world.client("result").get(f"/results/{day.id}?papers=false")).json())
    free = ("definition.", "roll.")
    kept = ("votes.", "from.", "to.", "tally")
    for place, spoilt in without(record):
        open_there = place.startswith(free) or any(f".{part}" in place for part in kept) or place.count("pairs.")
        assert open_there or not schema("record").is_valid(spoilt), place
    assert not schema("record").is_valid({**record, "more": 1})
    assert not schema("record").is_valid({**record, "seed": "00"})
    assert not schema("record").is_valid({**record, "papers": "3"})
