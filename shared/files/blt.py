"""BLT, the exchange format of ranked papers: `options seats`, then `count marks… 0` a line, `0`, names, title.

Read strictly: what cannot be understood is a FileError with its line number, never a guess. Names stand in quotation
marks or bare; a quotation mark inside quoted ones is doubled. `# contest: ID` before the papers says which contest
they are of, and `# re-open nominations: 5` which option stands for these. Of the dialects: `-2 -5` or
`[withdrawn 2 5]` are options that withdrew, `[nick …]` names options for the papers, other lines in brackets are
passed over; a paper may begin with its own id in parentheses instead of a number of papers; `-` is a rank left out;
`2=5` are options of equal rank.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from itertools import islice
from typing import BinaryIO

from shared.files.election import MOST_OPTIONS, MOST_PAPERS, Election, FileError
from shared.files.lines import Lines, text
from shared.methods.model import EQUAL, Marks

CONTEST = re.compile(r"#\s*contest:\s*([a-z0-9][a-z0-9-]{0,39})\s*")
REOPEN = re.compile(r"#\s*re-open nominations:\s*([0-9]{1,4})\s*")
QUOTED = re.compile(r'"(.*)"|"((?:[^"]|"")*)"\s*#.*')
"""A comment may follow a quoted name, but a name that ends the line ends with its last quotation mark."""
NUMBER = re.compile(r"-?[0-9]{1,9}")
BRACKETS = re.compile(r"\[\s*(\w+)([^\]]*)\]")
ID = re.compile(r"\(([^()]*)\)(.*)")

Paper = tuple[int, Marks]
"""How many papers, and their marks."""
END: Paper = (0, ())
"""What the line after the last paper reads as."""


@dataclass
class Head:
    """What stands before the papers."""

    contest: str | None = None
    reopen: str | None = None
    options: int = 0
    seats: int = 0
    withdrawn: list[str] = field(default_factory=list)
    words: dict[str, str] = field(default_factory=dict)
    """How papers name the options."""
    own_ids: bool = False
    """Papers have ids of their own."""


def read(file: BinaryIO) -> Election:
    """The election of a BLT file; raises FileError."""
    lines = Lines(file)
    head = _head(lines)
    papers = _papers(lines, head)
    names, title = _names(lines, head.options)
    return Election(title, head.seats, names, tuple(head.withdrawn), papers, head.contest, head.reopen)


def read_text(written: str) -> Election:
    """The election of a BLT text; raises FileError."""
    return read(BytesIO(written.encode(errors="surrogatepass")))


def write(
    title: str,
    seats: int,
    options: Sequence[str],
    names: Mapping[str, str],
    papers: Mapping[Marks, int],
    contest: str | None = None,
    reopen: str | None = None,
) -> str:
    """The BLT text of papers, sorted; the options are numbered in the order given."""
    place = {option: str(number) for number, option in enumerate(options, 1)}
    rows = sorted(([place[option] for option in marks], many) for marks, many in papers.items())
    lines = [f"# contest: {contest}"] if contest else []
    lines += [
        f"{len(options)} {seats}",
        *([f"# re-open nominations: {place[reopen]}"] if reopen else []),
        *(" ".join([str(many), *marks, "0"]) for marks, many in rows),
        "0",
    ]
    lines += [_quoted(text) for text in (*(names[option] for option in options), title)]
    return "\n".join([*lines, ""])


def _head(lines: Lines) -> Head:
    """Everything before the first paper."""
    head = Head()
    for raw in lines:
        line = text(lines.number, raw).strip()
        found = CONTEST.fullmatch(line)
        if found and head.contest is None:
            head.contest = found[1]
        if head.options and (found := REOPEN.fullmatch(line)):
            head.reopen = _option(lines.number, int(found[1]), head.options)
        line = line.split("#")[0].strip()
        if line.startswith("["):
            _bracket(lines.number, line, head)
        elif head.options and line.startswith("-"):
            head.withdrawn += [_option(lines.number, -n, head.options) for n in _numbers(lines.number, line)]
        elif head.options and line:
            lines.back([raw])
            break
        elif line:
            match _numbers(lines.number, line):
                case [options, seats] if 1 <= options <= MOST_OPTIONS and 1 <= seats <= MOST_OPTIONS:
                    head.options, head.seats = options, seats
                    head.words = {str(number): str(number) for number in range(1, options + 1)}
                case _:
                    raise FileError(lines.number, "two numbers are wanted: options and seats.")
    if not head.options:
        raise FileError(1, "the file is empty.")
    return head


def _bracket(number: int, line: str, head: Head) -> None:
    """An option of the file in brackets."""
    found = BRACKETS.fullmatch(line)
    if not found or not head.options:
        raise FileError(number, "what stands in brackets is not understood.")
    words = found[2].split()
    if found[1] == "withdrawn":
        head.withdrawn += [_option(number, n, head.options) for n in _numbers(number, found[2])]
    elif found[1] == "nick":
        if len(words) != head.options or len({*words}) != len(words) or any(NUMBER.fullmatch(word) for word in words):
            raise FileError(number, "a short name is wanted for each option, and no number.")
        head.words |= {word: str(option) for option, word in enumerate(words, 1)}


def _papers(lines: Lines, head: Head) -> dict[Marks, int]:
    """The papers up to the line with 0; a withdrawn option is passed over on each.

    Many lines are the same: they are counted as they stand, and each different one is understood once.
    """
    counted: Counter[bytes] = Counter()
    understood: list[Paper | None] = []
    standing = {word.encode(): option for word, option in head.words.items() if option not in head.withdrawn}
    ids: set[bytes] = set()
    while block := lines.block():
        before = lines.number - len(block)
        counted.update(block)
        for line in islice(counted, len(understood), None):
            words = line.split()
            try:
                marks = tuple(map(standing.__getitem__, words[1:-1]))
                usual = len(set(marks)) == len(marks) and words[0] == b"1" and words[-1] == b"0"
            except (KeyError, IndexError):
                usual = False
            if usual:
                understood.append((1, marks))
                continue
            at = block.index(line)
            paper = _paper(before + at + 1, line, head)
            if paper == END:
                counted.subtract(block[at:])
                lines.back(block[at + 1 :])
                if head.own_ids:
                    _own_ids(before, block[:at], ids)
                return _together(understood, counted)
            understood.append(paper)
        if head.own_ids:
            _own_ids(before, block, ids)
    raise FileError(lines.number, "the list of papers has no end: a line with 0 is missing.")


def _together(understood: Sequence[Paper | None], counted: Mapping[bytes, int]) -> dict[Marks, int]:
    """How many papers have the same marks, whichever lines they stand on."""
    papers: dict[Marks, int] = {}
    for paper, lines in zip(understood, counted.values(), strict=False):
        if paper is not None:
            many, marks = paper
            papers[marks] = papers.get(marks, 0) + many * lines
    return papers


def _own_ids(before: int, block: Sequence[bytes], ids: set[bytes]) -> None:
    """A paper that is there twice by its own id is an error of whoever wrote the file."""
    for number, line in enumerate(block, before + 1):
        own, is_one, _ = line.strip().partition(b")")
        if is_one and own.startswith(b"("):
            if own in ids:
                raise FileError(number, "the paper of this id is there twice.")
            ids.add(own)


def _paper(number: int, line: bytes, head: Head) -> Paper | None:
    """What any line among the papers means: a paper, END, or None for a comment."""
    said = text(number, line).split("#")[0].strip()
    own = ID.fullmatch(said)
    words = ["1", *own[2].split()] if own else said.split()
    head.own_ids |= own is not None
    if words == ["0"] and not own:
        return END
    if not words:
        return None
    many, *marks = words
    if not NUMBER.fullmatch(many):
        raise FileError(number, f"{many[:30]!r} is not a number.")
    if not marks or marks.pop() != "0":
        raise FileError(number, "the paper does not end with 0.")
    if not 1 <= int(many) <= MOST_PAPERS:
        raise FileError(number, "the number of papers is not between 1 and 100,000,000.")
    ranks = [[_named(number, word, head) for word in mark.split(EQUAL)] for mark in marks if mark != "-"]
    flat = [option for rank in ranks for option in rank]
    if len(set(flat)) < len(flat):
        raise FileError(number, "an option is ranked twice on one paper.")
    standing = ([option for option in rank if option not in head.withdrawn] for rank in ranks)
    return int(many), tuple(EQUAL.join(sorted(rank, key=int)) for rank in standing if rank)


def _named(number: int, word: str, head: Head) -> str:
    if word in head.words:
        return head.words[word]
    [mark] = _numbers(number, word) or [0]
    return _option(number, mark, head.options)


def _names(lines: Lines, options: int) -> tuple[dict[str, str], str]:
    """The names by the options' numbers, and the title ("" where there is none)."""
    left = ((lines.number, line) for raw in lines if (line := _bare(text(lines.number, raw))))
    names: dict[str, str] = {}
    for option in range(1, options + 1):
        number, line = next(left, (0, ""))
        if not line:
            raise FileError(lines.number, f"{options} names are wanted, and {len(names)} are there.")
        name = _text(number, line)
        if not name.strip():
            raise FileError(number, "an option has no name.")
        if name in names.values():
            raise FileError(number, "two options have the same name.")
        names[str(option)] = name
    title = next((_text(number, line) for number, line in left), "")
    for number, _ in left:
        raise FileError(number, "nothing is expected after the title.")
    return names, title


def _bare(line: str) -> str:
    line = line.strip()
    return line if line.startswith('"') else line.split("#")[0].strip()


def _numbers(number: int, line: str) -> list[int]:
    words = line.split()
    for word in words:
        if not NUMBER.fullmatch(word):
            raise FileError(number, f"{word[:30]!r} is not a number.")
    return [int(word) for word in words]


def _option(number: int, mark: int, options: int) -> str:
    if not 1 <= mark <= options:
        raise FileError(number, f"there is no option {mark}.")
    return str(mark)


def _text(number: int, line: str) -> str:
    """A name or title; bare ones that look like papers are none, or a 0 too early would turn papers into names."""
    if re.fullmatch(r"[-0-9\s]+", line):
        raise FileError(number, "a name is wanted here, and this is a row of numbers.")
    if not line.startswith('"'):
        return line
    found = QUOTED.fullmatch(line)
    if found is None:
        raise FileError(number, "the quotation marks of a name are not closed.")
    inner: str = found[1] if found[1] is not None else found[2]
    return inner.replace('""', '"')


def _quoted(text: str) -> str:
    doubled = text.replace('"', '""')
    return f'"{doubled}"'
