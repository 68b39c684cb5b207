"""The verdict of a run: what clients were told is what the system holds, to the paper.

201s seen by clients = receipts on the board = spent passes = “has voted” marks = papers counted. A voter who never got
an answer is *undecided*: they are named, and the numbers may differ by no more than there are such. Everything is had
through the public address; receipts are compared one by one, marks voter by voter.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from load.organiser import Organiser, told
from load.outcomes import Outcome
from load.prepare import number_of

COUNTED_WITHIN = 300.0
PAGE = 1000


@dataclass(frozen=True, slots=True)
class Held:
    """What the system says after the count."""

    board: Sequence[str]
    """Receipts, sorted."""
    spent: int
    """Passes, as the box counts them."""
    marked: Collection[int]
    """Numbers of the voters who are marked as having voted."""
    closed_with: int
    """Papers the box said it held when it was sealed."""
    unknown: int
    """Spent passes that fit nobody on the roll."""
    counted: Sequence[int]
    """Papers, for each contest."""


@dataclass(frozen=True, slots=True)
class Line:
    """One comparison. `least` and `most` bound what is right; they differ by the undecided alone."""

    what: str
    found: int
    least: int
    most: int

    @property
    def holds(self) -> bool:
        return self.least <= self.found <= self.most


@dataclass(frozen=True, slots=True)
class Verdict:
    """All comparisons, and who is undecided: number → whether they are marked as having voted."""

    lines: Sequence[Line]
    undecided: dict[int, bool]

    @property
    def holds(self) -> bool:
        return all(line.holds for line in self.lines)


def judge(voters: Sequence[Outcome], held: Held) -> Verdict:
    """Compare what clients saw with what the system holds. Pure."""
    with_receipt = {one.number for one in voters if one.receipts}
    receipts = {receipt for one in voters for receipt in one.receipts}
    unsure = {one.number for one in voters if one.end == "undecided" and not one.receipts}
    # The first device's answer was lost, and the second one was shown the receipt.
    told_otherwise = [one for one in voters if one.receipts and not one.accepted and one.sent > one.definite]
    papers, board, marked = len(receipts), set(held.board), set(held.marked)

    def bounded(what: str, found: int) -> Line:
        return Line(what, found, papers, papers + len(unsure))

    def none(what: str, found: Collection[Any]) -> Line:
        return Line(what, len(found), 0, 0)

    lines = [
        Line(
            "voters who were told 201", sum(1 for one in voters if one.accepted), papers - len(told_otherwise), papers
        ),
        bounded("receipts on the board", len(held.board)),
        Line("spent passes", held.spent, len(board), len(board)),
        Line("“has voted” marks", len(marked), len(board), len(board)),
        Line("papers in the box when it was sealed", held.closed_with, len(board), len(board)),
        *(
            Line(f"papers counted, contest {n}", found, len(board), len(board))
            for n, found in enumerate(held.counted, 1)
        ),
        none("receipts that clients hold and the board lacks", receipts - board),
        Line("receipts on the board that no client holds", len(board - receipts), 0, len(unsure)),
        none("voters with a receipt and no mark", with_receipt - marked),
        none("voters with a mark and no receipt, and not undecided", marked - with_receipt - unsure),
        none("voters who saw two receipts", [one for one in voters if len(one.receipts) > 1]),
        none("receipts that their voters did not find in the box", [one for one in voters if one.checked is False]),
        Line("spent passes of nobody on the roll", held.unknown, 0, 0),
    ]
    return Verdict(lines, {number: number in marked for number in sorted(unsure)})


async def read(desk: Organiser, election: str) -> Held:
    """Close the box if it is open, wait for the count, and ask for everything. Raises Refused."""
    seen = await desk.election("GET", f"/{election}")
    if seen["shown_phase"] == "open":
        await desk.election("POST", f"/{election}/close-now", {"reason": "The load test is over"})
    await desk.wait(election, "the result", lambda one: one["phase"] == "published", COUNTED_WITHIN)
    record = await desk.result(election)
    grant = await desk.grant(election)
    turnout = told(await desk.client.get(f"/api/ballot/boxes/{election}/turnout", headers=grant), "The turnout")
    board = await desk.client.get(f"/api/ballot/boxes/{election}/receipts")
    return Held(
        board=board.raise_for_status().text.split(),
        spent=int(turnout["papers"]),
        marked=await _marked(desk, election),
        closed_with=int(record["papers"]),
        unknown=int(record["roll"]["unknown"]),
        counted=[int(contest["count"]["papers"]) for contest in record["contests"]],
    )


async def _marked(desk: Organiser, election: str) -> set[int]:
    found: set[int] = set()
    after: dict[str, str] = {}
    while True:
        query = {"limit": str(PAGE), **after}
        grant = await desk.grant(election)
        answer = await desk.client.get(f"/api/voter/elections/{election}/roll", params=query, headers=grant)
        page = told(answer, "The roll")
        found |= {number_of(one["email"]) for one in page["voters"] if one["state"] == "has voted"}
        if page["next"] is None:
            return found
        after = {"after": page["next"]}
