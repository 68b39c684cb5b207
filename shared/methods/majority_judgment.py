"""Majority judgment (Balinski and Laraki, Majority Judgment: Measuring, Ranking, and Electing, 2010).

Every option is judged in words, and the highest middle grade wins: the lower of the two in the middle of an even number
(chapter 1, the majority-grade). Of options with the same one such grade is taken from each, again and again, until
their middle grades differ (the majority-ranking). Several seats go to the first in that ranking. An option that a paper
does not judge gets the lowest grade from it; a blank paper judges nobody, and lowers no middle grade.
"""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from shared.methods.model import Scale, Stage, option_of, score_of
from shared.methods.rule import Rule, Tally, fractions

GRADES = ("to reject", "poor", "acceptable", "good", "very good", "excellent")
Counts = Sequence[int]
"""How many papers give each grade, from the lowest on."""


def middle(counts: Counts) -> int:
    """The grade in the middle, the lower one of two."""
    below = 0
    for grade, number in enumerate(counts):
        below += number
        if 2 * below >= sum(counts):
            return grade
    return 0


def staying(counts: Counts, grade: int) -> int:
    """How many of the middle grade can be taken away before another, or none, is in the middle."""
    worse, same, better = sum(counts[:grade]), counts[grade], sum(counts[grade + 1 :])
    return same + min(better - worse, worse - better + 1)


class MajorityJudgment(Tally):
    def stages(self) -> Iterator[Stage]:
        self.grades = {option: [self.valid, *(0 for _ in GRADES[1:])] for option in self.contest.options}
        for marks, number in self.papers.items():
            for mark in marks:
                self.grades[option_of(mark)][score_of(mark)] += number
                self.grades[option_of(mark)][0] -= number
        grade = {option: middle(counts) for option, counts in self.grades.items()}
        self.notes = [self._told(option, grade[option]) for option in grade]
        elected = self.ties.elect(1, self._places())
        yield Stage("grades", None, "Middle grades", fractions(grade), Fraction(0), Fraction(0), elected)

    def _told(self, option: str, grade: int) -> str:
        worse, better = sum(self.grades[option][:grade]), sum(self.grades[option][grade + 1 :])
        return f"{{{option}}}: {GRADES[grade]}; of {self.valid} grades {better} better, {worse} worse."

    def _places(self) -> Mapping[str, int]:
        """The first of the ranking, as many as there are seats, and all who are level with the last of them."""
        standing = [option for option, counts in self.grades.items() if any(counts[1:])]
        places: dict[str, int] = {}
        while standing and len(places) < self.contest.seats:
            best = self._best(standing)
            places |= dict.fromkeys(best, len(standing))
            standing = [option for option in standing if option not in best]
        return places

    def _best(self, standing: Sequence[str]) -> list[str]:
        """Who is judged best; several where every grade is the same."""
        left = {option: list(self.grades[option]) for option in standing}
        taken = 0
        while True:
            grade = {option: middle(counts) for option, counts in left.items()}
            top = max(grade.values())
            best = [option for option in left if grade[option] == top]
            if taken and len(best) < len(left):
                self._note(list(left), best, taken, top)
            left = {option: left[option] for option in best}
            if len(best) == 1 or not any(left[best[0]]):
                return best
            more = min(staying(counts, top) for counts in left.values())
            for counts in left.values():
                counts[top] -= more
            taken += more

    def _note(self, level: Sequence[str], best: Sequence[str], taken: int, grade: int) -> None:
        both, those = (", ".join(f"{{{option}}}" for option in some) for some in (level, best))
        self.notes = [
            *self.notes,
            f"{both} are level; with {taken} from the middle of each gone, {those}: {GRADES[grade]}.",
        ]


MAJORITY_JUDGMENT = Rule(
    name="majority-judgment",
    title="Majority judgment",
    help="Judge each option by itself, from excellent to “to reject”; the best middle grade wins.",
    tally=MajorityJudgment,
    paper="scored",
    unit="middle grade",
    scores=Scale(len(GRADES) - 1, words=GRADES, noughts=True),
)
