"""Re-open nominations that win seats, which then stay vacant.

Where votes are transferred this follows the National Union of Students' model ruling on R.O.N. and S.T.V.: once
re-open nominations have what elects them, their surplus and any further votes go to further re-open nominations, as
often as required, and as many seats are unfilled. So one that is elected is followed by another, which stands next on
every paper that has the first. In a count's stages they are one option.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from shared.methods.model import Contest, Papers, Stage


def further(contest: Contest) -> Mapping[str, str]:
    """All re-open nominations after the first that could win a seat, in their order, each with the option it is."""
    option = contest.reopen if contest.reopen in contest.standing else None
    # With a space: an option's id has none.
    return {f"{option} {number}": option for number in range(2, contest.seats + 1)} if option else {}


def with_further(papers: Papers, more: Mapping[str, str]) -> Papers:
    """The papers, on which further re-open nominations stand right after the first."""
    first = next(iter(more.values()), None)
    if first is None:
        return papers
    return {
        tuple(one for mark in marks for one in ((mark, *more) if mark == first else (mark,))): number
        for marks, number in papers.items()
    }


def as_one(stage: Stage, more: Mapping[str, str]) -> Stage:
    """The stage with all re-open nominations as one option."""
    votes = {option: held for option, held in stage.votes.items() if option not in more}
    said = stage.said
    for one, option in more.items():
        votes[option] += stage.votes[one]
        said = said.replace(f"{{{one}}}", f"{{{option}}}")
    of = more.get(stage.of, stage.of) if stage.of else None
    return replace(stage, of=of, said=said, votes=votes, elected=_called(stage.elected, more))


def _called(options: Sequence[str], more: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(more.get(option, option) for option in options)
