"""Single transferable vote by the Proportional Representation Foundation's reference Meek rule.

Letters and numbers at the steps are the rule's (B.2.a and so on). Numbers have nine decimals and are integers of
0.000000001 here; where the rule rounds up, so does this. A stage is what a round ends with: somebody elected after
surpluses were transferred, or somebody defeated, with the votes after that and whom they elect at once. What papers
have left when nobody on them keeps more of it is shown as non-transferable.
"""

from collections import defaultdict
from collections.abc import Iterator
from fractions import Fraction

from shared.methods.model import Contest, Papers, Stage
from shared.methods.piles import Bundle
from shared.methods.rule import Rule, Tally
from shared.methods.ties import Ties

UNIT = 10**9
OMEGA = UNIT // 10**6

Way = tuple[str, ...]
"""The elected options a paper has before its first hopeful one, in its order; all papers of a way share its sums."""


def up(number: int, by: int) -> int:
    """A quotient rounded up."""
    return -(-number // by)


class MeekSTV(Tally):
    def __init__(self, contest: Contest, papers: Papers, ties: Ties) -> None:
        super().__init__(contest, papers, ties)
        # A: everyone is hopeful and keeps all of every vote.
        self.keep = dict.fromkeys(contest.options, UNIT)
        self.hopeful = self.standing()
        self.elected: list[str] = []
        self.ways: defaultdict[tuple[Way, str | None], list[Bundle]] = defaultdict(list)
        self._send((), Bundle([paper for paper in papers.items() if paper[0]]))
        self._distribute()

    def stages(self) -> Iterator[Stage]:
        number = 1
        yield self._stage("first", None, "First preferences")
        # B.1: until all seats are filled.
        while len(self.elected) < self.contest.seats and self.hopeful:
            number += 1
            surplus = self._iterate()
            few = len(self.elected) + len(self.hopeful) <= self.contest.seats
            if surplus is None or few:
                yield self._stage("surplus", None, "Surpluses transferred", waiting=surplus is None)
            else:
                yield self._defeat(number, surplus)

    def kept(self, left: int, keep: int) -> int:
        """B.2.a: what an option with this keep factor keeps of what is left of a paper."""
        return up(left * keep, UNIT)

    def _send(self, way: Way, papers: Bundle) -> None:
        """Papers that came this way go on to their next hopeful option; the defeated are passed over."""
        for option, part in papers.onward([o for o in (*self.hopeful, *self.elected) if o not in way]):
            if option in self.elected:
                self._send((*way, option), part)
            else:
                self.ways[way, option].append(part)

    def _send_on(self) -> None:
        """Papers that lie with an option which is hopeful no more go on."""
        for way, option in [at for at in self.ways if at[1] is not None and at[1] not in self.hopeful]:
            for papers in self.ways.pop((way, option)):
                self._send(way, papers)

    def _distribute(self) -> None:
        """B.2.a: each paper gives to each option on it, in order, what that keeps of what is left of the paper."""
        self._send_on()
        self.votes = dict.fromkeys(self.contest.options, 0)
        self.residual = 0
        for (way, hopeful), papers in self.ways.items():
            number = sum(part.number for part in papers)
            left = UNIT
            for option in way:
                kept = self.kept(left, self.keep[option])
                self.votes[option] += kept * number
                left -= kept
            if hopeful is None:
                self.residual += left * number
            else:
                self.votes[hopeful] += left * number
        # B.2.b: the quota, cut off, plus one in the last decimal.
        self.full = sum(self.votes.values()) // (self.contest.seats + 1) + 1
        self.quota = Fraction(self.full, UNIT)

    def _reached(self) -> list[str]:
        """B.2.c: whoever has the quota, most votes first."""
        reached = [option for option in self.hopeful if self.votes[option] >= self.full]
        return sorted(reached, key=lambda option: -self.votes[option])

    def _iterate(self) -> int | None:
        """B.2: lessen the keep factors until somebody reaches the quota (None); else the surplus that stays."""
        before: int | None = None
        while True:
            # B.2.d: the surplus of all the elected.
            surplus = max(0, sum(self.votes[option] - self.full for option in self.elected))
            # B.2.e: finished when it is small, or no smaller than before.
            if surplus < OMEGA or (before is not None and surplus >= before):
                return surplus
            before = surplus
            # B.2.f: new keep factors.
            for option in self.elected:
                self.keep[option] = up(up(self.keep[option] * self.full, UNIT) * UNIT, self.votes[option])
            self._distribute()
            if self._reached():
                return None

    def _defeat(self, number: int, surplus: int) -> Stage:
        """B.3: the lowest is defeated; whoever has no more than the surplus above it is tied with it (T: the lot)."""
        lowest = min(self.votes[option] for option in self.hopeful)
        option = self.ties.excluded(number, [o for o in self.hopeful if self.votes[o] <= lowest + surplus])
        self.hopeful.remove(option)
        self._distribute()
        return self._stage("exclusion", option, f"{{{option}}} defeated, votes transferred")

    def _stage(self, what: str, of: str | None, said: str, *, waiting: bool = True) -> Stage:
        """The votes now, and whom they elect; C.1: all who are left, once they are no more than the seats."""
        elected = self._reached()
        others = self.followed(self.hopeful, elected)
        if self.settled(
            others, self.contest.seats - len(self.elected + elected), waiting and bool(self.elected + elected)
        ):
            elected += sorted(others, key=lambda option: -self.votes[option])
        self.elected += elected
        self.hopeful = self.followed(self.hopeful, elected)
        votes = {option: Fraction(held, UNIT) for option, held in self.votes.items()}
        return Stage(what, of, said, votes, Fraction(self.residual, UNIT), Fraction(0), tuple(elected))


STV_MEEK = Rule(
    name="stv-meek",
    title="Single transferable vote (Meek)",
    help="Rank the options in your order of preference, as many as you like.",
    tally=MeekSTV,
    digits=9,
    transfers=True,
)
