"""Instant run-off by Maine Revised Statutes, title 21-A, section 723-A.

Round by round the last-place candidate is defeated, and each of its ballots counts for its highest-ranked continuing
candidate, until two are left (subsection 2). A majority does not end the count earlier; it cannot be lost.
"""

from collections.abc import Iterator
from fractions import Fraction

from shared.methods.model import Contest, Papers, Stage
from shared.methods.piles import Piles
from shared.methods.rule import Rule, Tally
from shared.methods.ties import Ties


class InstantRunoff(Tally):
    def __init__(self, contest: Contest, papers: Papers, ties: Ties) -> None:
        super().__init__(contest, papers, ties)
        self.piles = Piles(contest.options, papers, 1)
        self.continuing = list(contest.options)

    def stages(self) -> Iterator[Stage]:
        number = 1
        what, of, said = "first", None, "First choices"
        # Subsection 2, paragraph B: more than two continuing candidates, so the last-place candidate is defeated.
        while len(self.continuing) > 2:
            yield self._stage(what, of, said, ())
            number += 1
            fewest = min(self.piles.votes[option] for option in self.continuing)
            # Subsection 3: a tie between last-place candidates is decided by lot.
            last = self.ties.excluded(number, [o for o in self.continuing if self.piles.votes[o] == fewest])
            self.continuing.remove(last)
            self.piles.lay(self.piles.take(last), self.continuing)
            what, of, said = "exclusion", last, f"{{{last}}} defeated, votes transferred"
        # Paragraph A: two or fewer, so the most votes win; subsection 3: a tie is decided by lot.
        final = {option: self.piles.votes[option] for option in self.continuing}
        yield self._stage(what, of, said, self.ties.elect(number, final))

    def _stage(self, what: str, of: str | None, said: str, elected: tuple[str, ...]) -> Stage:
        votes = {option: Fraction(held) for option, held in self.piles.votes.items()}
        return Stage(what, of, said, votes, Fraction(self.piles.exhausted), Fraction(0), elected)


IRV = Rule(
    name="irv",
    title="Instant run-off",
    help="Rank the options in your order of preference, as many as you like.",
    tally=InstantRunoff,
    most_seats=1,
)
