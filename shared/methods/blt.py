"""BLT, the exchange format of ranked papers: `options seats`, then `count marks… 0` a line, `0`, names, title.

Read strictly: what cannot be understood is a BltError with its line number, never a guess. Names stand in quotation
marks or bare; a quotation mark inside quoted ones is doubled. `# contest: ID` says which contest the papers are of.
"""

import re
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shared.methods.model import Marks

MOST_OPTIONS = 1000
MOST_PAPERS = 100_000_000
CONTEST = re.compile(r"#\s*contest:\s*([a-z0-9][a-z0-9-]{0,39})\s*")
QUOTED = re.compile(r'"(.*)"|"((?:[^"]|"")*)"\s*#.*')
"""A comment may follow a quoted name, but a name that ends the line ends with its last quotation mark."""

Lines = deque[tuple[int, str]]
"""What is left of a file: each line with its number, without comments."""


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
    contest: str | None = None

    @property
    def options(self) -> tuple[str, ...]:
        """The options that stand, in the file's order."""
        return tuple(option for option in self.names if option not in self.withdrawn)


def read(text: str) -> Election:
    """The election of a BLT text; raises BltError."""
    # Not splitlines: it would also cut a name at a form feed or a line separator.
    whole = re.split(r"\r\n|\r|\n", text.removeprefix("\ufeff"))
    contest = next((found[1] for line in whole if (found := CONTEST.fullmatch(line.strip()))), None)
    bare = ((number, _bare(line)) for number, line in enumerate(whole, 1))
    lines: Lines = deque((number, line) for number, line in bare if line)
    if not lines:
        raise BltError(1, "the file is empty.")
    number, line = lines.popleft()
    match _numbers(number, line):
        case [options, seats] if 1 <= options <= MOST_OPTIONS and 1 <= seats <= MOST_OPTIONS:
            pass
        case _:
            raise BltError(number, "two numbers are wanted: options and seats.")
    withdrawn: tuple[str, ...] = ()
    while lines and lines[0][1].startswith("-"):
        number, line = lines.popleft()
        withdrawn += tuple(_option(number, -n, options) for n in _numbers(number, line))
    papers = _papers(number, lines, options, frozenset(withdrawn))
    names, title = _names(lines, options)
    return Election(title, seats, names, withdrawn, papers, contest)


def write(
    title: str,
    seats: int,
    options: Sequence[str],
    names: Mapping[str, str],
    papers: Mapping[Marks, int],
    contest: str | None = None,
) -> str:
    """The BLT text of papers, sorted; the options are numbered in the order given."""
    place = {option: str(number) for number, option in enumerate(options, 1)}
    rows = sorted(([place[option] for option in marks], many) for marks, many in papers.items())
    lines = [f"# contest: {contest}"] if contest else []
    lines += [f"{len(options)} {seats}", *(" ".join([str(many), *marks, "0"]) for marks, many in rows), "0"]
    lines += [_quoted(text) for text in (*(names[option] for option in options), title)]
    return "\n".join([*lines, ""])


def _papers(number: int, lines: Lines, options: int, withdrawn: frozenset[str]) -> dict[Marks, int]:
    """The papers up to the line with 0; a withdrawn option is passed over on each."""
    papers: dict[Marks, int] = {}
    while lines:
        number, line = lines.popleft()
        if line == "0":
            return papers
        many, ranking = _paper(number, line, options)
        if withdrawn:
            ranking = tuple(option for option in ranking if option not in withdrawn)
        papers[ranking] = papers.get(ranking, 0) + many
    raise BltError(number, "the list of papers has no end: a line with 0 is missing.")


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


def _names(lines: Lines, options: int) -> tuple[dict[str, str], str]:
    """The names by the options' numbers, and the title ("" where there is none)."""
    names: dict[str, str] = {}
    number = 0
    for option in range(1, options + 1):
        if not lines:
            raise BltError(number + 1, f"{options} names are wanted, and {len(names)} are there.")
        number, line = lines.popleft()
        name = _text(number, line)
        if not name.strip():
            raise BltError(number, "an option has no name.")
        if name in names.values():
            raise BltError(number, "two options have the same name.")
        names[str(option)] = name
    title = _text(*lines.popleft()) if lines else ""
    if lines:
        raise BltError(lines[0][0], "nothing is expected after the title.")
    return names, title


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


def _text(number: int, line: str) -> str:
    """A name or title; bare ones that look like papers are none, or a 0 too early would turn papers into names."""
    if re.fullmatch(r"[-0-9\s]+", line):
        raise BltError(number, "a name is wanted here, and this is a row of numbers.")
    if not line.startswith('"'):
        return line
    found = QUOTED.fullmatch(line)
    if found is None:
        raise BltError(number, "the quotation marks of a name are not closed.")
    inner: str = found[1] if found[1] is not None else found[2]
    return inner.replace('""', '"')


def _quoted(text: str) -> str:
    doubled = text.replace('"', '""')
    return f'"{doubled}"'
