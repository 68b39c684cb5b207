"""Definitions of any kind, and the papers that fit them, for laws about papers."""

from datetime import UTC, datetime
from uuid import uuid4

from hypothesis import strategies
from nacl.public import PrivateKey

from functions.ballot import rules
from shared.contracts.definition import BoxKey, Contest, Definition, Option, Style
from shared.methods import METHODS
from tests.shared.methods.elections import liking

SLUGS = strategies.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=40)


@strategies.composite
def contests(draw: strategies.DrawFn, name: str) -> Contest:
    options = draw(strategies.lists(SLUGS, min_size=1, max_size=8, unique=True))
    return Contest(
        id=name,
        title="Which?",
        method=draw(strategies.sampled_from(sorted(METHODS))),
        seats=1,
        options=tuple(Option(id=option, name=option) for option in options),
        max_marks=draw(strategies.none() | strategies.integers(1, 8)),
    )


@strategies.composite
def papers_of_one_box(draw: strategies.DrawFn) -> tuple[rules.Opened, list[bytes]]:
    """A definition with some styles, and papers of every style: a blank one, full ones, any others."""
    names = draw(strategies.lists(SLUGS, min_size=1, max_size=4, unique=True))
    found = {name: draw(contests(name)) for name in names}
    subsets = strategies.lists(strategies.sampled_from(names), min_size=1, unique=True)
    styles = draw(strategies.dictionaries(SLUGS, subsets, min_size=1, max_size=3))
    box = uuid4()
    definition = Definition(
        id=box,
        title="Any",
        time_zone="UTC",
        opens_at=datetime.now(UTC),
        closes_at=datetime.now(UTC),
        contests=tuple(found.values()),
        styles=tuple(Style(id=name, name=name, contests=tuple(said)) for name, said in styles.items()),
        publish="by hand",
        box=BoxKey(public_key=bytes(PrivateKey.generate().public_key).hex(), seed_commitment="0" * 64, proof=""),
    )
    opened = rules.Opened(box, definition, definition.digest(), rules.block(box, definition, definition.digest()))
    papers = []
    for style, said in styles.items():
        papers.append(rules.written(opened, style, {}))
        for many in (draw(strategies.integers(0, 8)), 8):
            marks = {}
            for name in said:
                options = [option.id for option in found[name].options]
                method, counting = METHODS[found[name].method], found[name].for_counting()
                marks[name] = list(liking(method, counting, draw(strategies.permutations(options))[:many]))
            assert rules.faults(opened, style, marks) == []
            papers.append(rules.written(opened, style, marks))
    return opened, papers
