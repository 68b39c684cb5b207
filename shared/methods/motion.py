"""Motions: for, against and, where the paper has it, abstain; carried or not by the majority its contest asks for.

More than half carries, so that a tie does not: "On a tie vote the motion is lost" (Robert's Rules of Order Revised,
4th edition 1915, section 46). What the share is of, that book's section 48 tells apart as we do: the votes cast,
ignoring blanks and those who abstain; those present, which are here the votes cast with the abstentions; the members,
which are here the roll as it closed. A blank paper is no vote; it counts for the quorum alone. Without a vote for it
nothing is carried, though no votes are at least two thirds of no votes.
"""

from collections.abc import Iterator
from fractions import Fraction

from shared.methods.choose import added
from shared.methods.majority import enough, majority_words
from shared.methods.model import Majority, Stage
from shared.methods.rule import Rule, Tally, fractions


class ForAndAgainst(Tally):
    def stages(self) -> Iterator[Stage]:
        pro, contra = self.contest.options[:2]
        votes = added(self.contest, self.papers)
        majority = self.contest.majority or Majority()
        of = {
            "votes for and against": votes[pro] + votes[contra],
            "votes cast": votes.total(),
            "roll": self.contest.roll or 0,
        }[majority.of]
        needed = enough(majority.share, of)
        self.quota = Fraction(needed)
        self.outcome = "carried" if votes[pro] >= needed else "not carried"
        said = f"Majority, {majority_words(majority)}: {{{pro}}} has {votes[pro]:,} of {of:,}; needed: {needed:,}."
        level = votes[pro] == votes[contra] > 0 and self.outcome == "not carried"
        self.notes = (said, *([f"A tie between {{{pro}}} and {{{contra}}} carries nothing."] if level else []))
        yield Stage("first", None, "Votes", fractions(votes), Fraction(0), Fraction(0), ())


MOTION = Rule(
    name="motion",
    title="Motion",
    help="Vote for the motion, against it, or abstain; its rule says how large a majority carries it.",
    tally=ForAndAgainst,
    paper="choose",
    marks=1,
    most_seats=1,
    roles=("For", "Against", "Abstain"),
)
