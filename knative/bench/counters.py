"""One count of one file by one program, in a process of its own: `counters.py PROGRAM METHOD FILE`.

Prints seconds of processor time for reading and for counting (null where the program has no reader of its own), the
most memory the process took, and the winners. It runs under any Python that has the program, so it imports nothing of
ours but for ours.
"""

import json
import resource
import sys
from collections.abc import Callable
from pathlib import Path
from time import process_time
from typing import Any

Counted = tuple[float | None, float, list[str]]
"""Seconds for reading and for counting, and the winners."""


def uvote(method: str, file: str) -> Counted:
    from knative import reading
    from shared.methods import METHODS
    from shared.methods.model import Contest

    begun = process_time()
    election = reading.read(Path(file), None, None).election
    read = process_time()
    contest = Contest("bench", election.seats, election.options)
    with reading.many_objects():
        papers = reading.fitting(METHODS[method], contest, election.papers)
        counted = METHODS[method].count(contest, papers, lot=lambda _, options: options)
    return read - begun, process_time() - read, [election.names[option] for option in counted.winners]


def droop(method: str, file: str) -> Counted:
    from droop.election import Election
    from droop.profile import ElectionProfile

    begun = process_time()
    profile = ElectionProfile(path=file)
    read = process_time()
    election = Election(profile, {"rule": {"stv-scottish": "scotland", "stv-meek": "meek-prf"}[method]})
    election.count()
    return read - begun, process_time() - read, [candidate.name for candidate in election.elected]


def pyrankvote(method: str, file: str) -> Counted:
    import pyrankvote as library

    names, seats, papers = _plain(file)
    candidates = [library.Candidate(name) for name in names]
    ballots = []
    for marks, many in papers.items():
        ballots += [library.Ballot([candidates[mark - 1] for mark in marks])] * many
    begun = process_time()
    counted = library.single_transferable_vote(candidates, ballots, seats)
    return None, process_time() - begun, [winner.name for winner in counted.get_winners()]


def votekit(method: str, file: str) -> Counted:
    from votekit import RankBallot, RankProfile
    from votekit.elections import STV, Schulze

    names, seats, papers = _plain(file)
    ballots = [
        RankBallot(ranking=[frozenset({names[mark - 1]}) for mark in marks], weight=many)
        for marks, many in papers.items()
    ]
    profile = RankProfile(ballots=ballots, candidates=names)
    begun = process_time()
    counted: Any = Schulze(profile) if method == "schulze" else STV(profile, n_seats=seats, tiebreak="random")
    elected = [name for level in counted.get_elected() for name in level]
    return None, process_time() - begun, elected


def _plain(file: str) -> tuple[list[str], int, dict[tuple[int, ...], int]]:
    """The bench's own files, for programs that read none."""
    lines = iter(Path(file).read_text().splitlines())
    _, seats = map(int, next(lines).split())
    papers: dict[tuple[int, ...], int] = {}
    while (line := next(lines)) != "0":
        many, *marks, _ = map(int, line.split())
        papers[tuple(marks)] = papers.get(tuple(marks), 0) + many
    *names, _ = (line.strip('"') for line in lines)
    return names, seats, papers


PROGRAMS: dict[str, Callable[[str, str], Counted]] = {
    "uvote": uvote,
    "droop": droop,
    "pyrankvote": pyrankvote,
    "votekit": votekit,
}

if __name__ == "__main__":
    name, method, file = sys.argv[1:]
    read, counted, winners = PROGRAMS[name](method, file)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"read": read, "count": counted, "winners": winners, "megabytes": memory}))  # noqa: T201
