"""BLT, the exchange format of ranked papers: `options seats`, then `count marks… 0` a line, `0`, quoted names, title.

Read strictly: what cannot be understood is a BltError with its line number, never a guess.
"""

import re
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shared.methods.model import Marks

MOST_OPTIONS = 1000
MOST_PAPERS = 100_000_000


class BltError(ValueError):
    """A file that cannot be read; the message has the line's number and says what is wrong there."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(f"Line {line}: {message}")
        self.line = line


@dataclass(frozen=True, slots=True)
class Election:
    """What a file holds. Options are their numbers as texts, from "1"; `names` says who they are."""

    title: str
    seats: int
    names: Mapping[str, str]
    withdrawn: tuple[str, ...]
    papers: Mapping[Marks, int]

    @property
    def options(self) -> tuple[str, ...]:
        """The options that stand, in the file's order."""
        return tuple(option for option in self.names if option not in self.withdrawn)


def read(text: str) -> Election:
    """The election of a BLT text; raises BltError."""
    bare = ((number, _bare(line)) for number, line in enumerate(text.lstrip("\ufeff").splitlines(), 1))
    lines = deque((number, line) for number, line in bare if line)
    if not lines:
        raise BltError(1, "the file is empty.")
    number, line = lines.popleft()
    match _numbers(number, line):
        case [options, seats] if 1 <= options <= MOST_OPTIONS and 1 <= seats <= MOST_OPTIONS:
            pass
        case _:
            raise BltError(number, "two numbers are wanted: options and seats.")
    withdrawn: tuple[str, ...] = ()
    if lines and lines[0][1].startswith("-"):
        number, line = lines.popleft()
        withdrawn = tuple(_option(number, -n, options) for n in _numbers(number, line))
    papers: dict[Marks, int] = {}
    while True:
        if not lines:
            raise BltError(number, "the list of papers has no end: a line with 0 is missing.")
        number, line = lines.popleft()
        if line == "0":
            break
        many, ranking = _paper(number, line, options)
        ranking = tuple(option for option in ranking if option not in withdrawn)
        papers[ranking] = papers.get(ranking, 0) + many
    texts = [_quoted(number, line) for number, line in lines]
    if len(texts) < options:
        raise BltError(number, f"{options} names are wanted, and {len(texts)} are there.")
    if len(texts) > options + 1:
        raise BltError(lines[options + 1][0], "nothing is expected after the title.")
    names = {str(place): name for place, name in enumerate(texts[:options], 1)}
    if len(set(names.values())) < options:
        raise BltError(number, "two options have the same name.")
    return Election(texts[options] if len(texts) > options else "", seats, names, withdrawn, papers)


def _paper(number: int, line: str, options: int) -> tuple[int, Marks]:
    many, *marks = _numbers(number, line)
    if not marks or marks.pop() != 0:
        raise BltError(number, "the paper does not end with 0.")
    if not 1 <= many <= MOST_PAPERS:
        raise BltError(number, "the number of papers is not between 1 and 100,000,000.")
    ranking = tuple(_option(number, mark, options) for mark in marks)
    if len(set(ranking)) < len(ranking):
        raise BltError(number, "an option is ranked twice on one paper.")
    return many, ranking


def write(title: str, seats: int, options: Sequence[str], names: Mapping[str, str], papers: Mapping[Marks, int]) -> str:
    """The BLT text of papers, sorted; the options are numbered in the order given."""
    place = {option: str(number) for number, option in enumerate(options, 1)}
    rows = sorted(([place[option] for option in marks], many) for marks, many in papers.items())
    lines = [f"{len(options)} {seats}", *(" ".join([str(many), *marks, "0"]) for marks, many in rows), "0"]
    lines += [f'"{_line(names[option])}"' for option in options]
    return "\n".join([*lines, f'"{_line(title)}"', ""])


def _line(text: str) -> str:
    return text.replace('"', "''")


def _bare(line: str) -> str:
    line = line.strip()
    return line if line.startswith('"') else line.split("#")[0].strip()


def _numbers(number: int, line: str) -> list[int]:
    words = line.split()
    for word in words:
        if "=" in word:
            raise BltError(number, "equal ranks are not read here.")
        if not re.fullmatch(r"-?[0-9]{1,9}", word):
            raise BltError(number, f"{word[:30]!r} is not a number.")
    return [int(word) for word in words]


def _option(number: int, mark: int, options: int) -> str:
    if not 1 <= mark <= options:
        raise BltError(number, f"there is no option {mark}.")
    return str(mark)


def _quoted(number: int, line: str) -> str:
    if len(line) < 3 or line[0] != '"' or line[-1] != '"':
        raise BltError(number, "a name in quotation marks is wanted.")
    return line[1:-1]
