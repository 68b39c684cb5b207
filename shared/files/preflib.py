"""PrefLib's orders: soc, soi (strict), toc, toi (with equal ranks); complete ones name every option on each line.

Data lines are `many: 3,1,{2,4}`, after lines of `# KEY: value`. The number of voters in the head must be that of the
lines, so that a file that was cut short is refused. A PrefLib file says nothing about seats.
"""

import re
from typing import BinaryIO

from shared.files.election import MOST_OPTIONS, MOST_PAPERS, Election, FileError
from shared.files.lines import Lines, text
from shared.methods.model import EQUAL, Marks

KINDS = ("soc", "soi", "toc", "toi")
HEAD = re.compile(r"#\s*([A-Z ]+?(?: \d+)?)\s*:\s*(.*)")
ORDER = re.compile(r"\s*(\d{1,9})\s*:\s*(.*)")
RANK = re.compile(r"\s*(?:(\d{1,9})|\{([\d,\s]*)\})\s*(?:,|$)")


def read(file: BinaryIO, seats: int) -> Election:
    """The election of a PrefLib file; raises FileError."""
    lines = Lines(file)
    head: dict[str, str] = {}
    where: dict[str, int] = {}
    papers: dict[Marks, int] = {}
    names: dict[str, str] = {}
    for raw in lines:
        number, line = lines.number, text(lines.number, raw).strip()
        found = HEAD.fullmatch(line)
        if found and not papers:
            if found[1] in head:
                raise FileError(number, f"{found[1]} is there twice.")
            head[found[1]], where[found[1]] = found[2].strip(), number
        elif line and not line.startswith("#"):
            names = names or _names(number, head, where)
            many, marks = _order(number, line, names, head["DATA TYPE"])
            papers[marks] = papers.get(marks, 0) + many
    names = names or _names(max(lines.number, 1), head, where)
    voters = _number(lines.number, head, where, "NUMBER VOTERS")
    if voters != sum(papers.values()):
        raise FileError(where["NUMBER VOTERS"], f"{voters} voters are announced, and {sum(papers.values())} are there.")
    return Election(head.get("TITLE", ""), seats, names, (), papers)


def _names(number: int, head: dict[str, str], where: dict[str, int]) -> dict[str, str]:
    """The names by the options' numbers, once the head is complete."""
    if head.get("DATA TYPE") not in KINDS:
        raise FileError(where.get("DATA TYPE", number), f"the DATA TYPE is none of {', '.join(KINDS)}.")
    options = _number(number, head, where, "NUMBER ALTERNATIVES")
    if not 1 <= options <= MOST_OPTIONS:
        raise FileError(where["NUMBER ALTERNATIVES"], f"between 1 and {MOST_OPTIONS} alternatives are wanted.")
    names: dict[str, str] = {}
    for option in range(1, options + 1):
        name = head.get(f"ALTERNATIVE NAME {option}", "")
        if not name:
            raise FileError(where.get(f"ALTERNATIVE NAME {option}", number), f"alternative {option} has no name.")
        if name in names.values():
            raise FileError(where[f"ALTERNATIVE NAME {option}"], "two alternatives have the same name.")
        names[str(option)] = name
    return names


def _number(number: int, head: dict[str, str], where: dict[str, int], key: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", head.get(key, "")):
        raise FileError(where.get(key, max(number, 1)), f"the {key} is not there as a number.")
    return int(head[key])


def _order(number: int, line: str, names: dict[str, str], kind: str) -> tuple[int, Marks]:
    found = ORDER.fullmatch(line)
    if not found or not 1 <= int(found[1]) <= MOST_PAPERS:
        raise FileError(number, "a number of papers and a colon are wanted before the order.")
    ranks: list[list[str]] = []
    at, order = 0, found[2]
    while at < len(order):
        rank = RANK.match(order, at)
        if not rank or (rank[2] is not None and kind in ("soc", "soi")):
            raise FileError(number, "the order is not understood.")
        ranks.append([rank[1]] if rank[1] else rank[2].split(","))
        at = rank.end()
    if order.endswith(","):
        raise FileError(number, "the order is not understood.")
    words = [[word.strip() for word in rank] for rank in ranks]
    flat = [word for rank in words for word in rank]
    for word in flat:
        if word not in names:
            raise FileError(number, f"there is no alternative {word[:30]!r}.")
    if len(set(flat)) < len(flat):
        raise FileError(number, "an alternative is ranked twice in one order.")
    if kind in ("soc", "toc") and len(flat) < len(names):
        raise FileError(number, "the order is not complete.")
    return int(found[1]), tuple(EQUAL.join(sorted(rank, key=int)) for rank in words)
