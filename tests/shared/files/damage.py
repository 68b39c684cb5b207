"""Small files of each format, ways to damage any file, and second readers: plain, slow, and written apart."""

import csv
import io
import json
import re
from random import Random
from typing import Any

BLT = b"""# contest: board
4 2
-3
[nick ann bob cyd dan]
3 1 2 4 0
2 bob ann 0
1 2=4 1 0
1 4 - 2 0  # a late paper
5 4 0
2 0
0
"Ann ""Nan"" Lee"
"Bob # 2"
Cyd
"Dan"
"Spring"
"""
OWN_IDS = b'3 1\n(a 1) 1 2 0\n(a 2) 1 2 0\n(b) 3 0\n0\n"Ann"\n"Bob"\n"Cyd"\n"Hall"\n'
OWN_CSV = b'papers,marks\r\n0,Ann,"Bob, B",Cyd\r\n3,"Bob, B",Ann\r\n12,Cyd\r\n2\r\n'
RANKS = b"Count,Rank 1,Rank 2,Rank 3\n4,Ann,Bob,Cyd\n3,Bob,,Ann\n2,Cyd\n"
GRID = b'weight,Ann,"Bob ""B""",Cyd\n5,1,2,3\n4,2,1,\n1,1,1,2\n'
SCORES = b'scored papers,Ann,"Bob, B",Cyd\r\n5,5,0,3\r\n4,,1,\r\n2,,,\r\n'
SOI = b"""# TITLE: Club
# DATA TYPE: soi
# NUMBER ALTERNATIVES: 3
# NUMBER VOTERS: 16
# ALTERNATIVE NAME 1: Ann
# ALTERNATIVE NAME 2: Bob
# ALTERNATIVE NAME 3: Cyd
10: 1,3
4: 2,1,3
2: 3
"""
TOC = SOI.replace(b"soi", b"toc").replace(b"1,3\n4", b"1,{2,3}\n4").replace(b"2: 3\n", b"2: {1,2,3}\n")


def _recorded(method: str, papers: dict[tuple[str, ...], int]) -> bytes:
    hall = {
        "id": "hall",
        "title": "Hall",
        "method": method,
        "seats": 1,
        "options": [{"id": "a", "name": "Ann"}, {"id": "b", "name": "Bob"}],
        "reopen": None,
        "tally": [{"papers": many, "marks": list(marks)} for marks, many in papers.items()],
        "count": {"papers": sum(papers.values())},
    }
    record = {
        "definition": {"contests": [{"id": "hall", "ties": "lot"}]},
        "decisions": [{"contest": "hall", "stage": 2, "order": ["a", "b"]}],
        "seed": "00" * 32,
        "receipts_digest": "11" * 32,
        "contests": [hall],
    }
    return json.dumps(record, indent=1).encode()


RECORD = _recorded("stv-scottish", {("a", "b"): 2, ("b",): 3, (): 1})
SCORED_RECORD = _recorded("star", {("a:5", "b:0"): 2, ("b:3",): 3, (): 1})
HALL = {"id": "hall", "ties": "lot", "majority": {"share": "at least 2/3", "of": "roll"}, "quorum": "at least 1/4"}
OF_THE_ROLL = {
    "definition": {"contests": [HALL], "styles": [{"id": "all", "contests": ["hall"]}]},
    "roll": {"size": {"all": 9}},
}
MOTION = json.dumps({**json.loads(RECORD), **OF_THE_ROLL}, indent=1).encode()
SMALL = {
    "a.blt": BLT,
    "b.blt": OWN_IDS,
    "a.csv": OWN_CSV,
    "b.csv": RANKS,
    "c.csv": GRID,
    "d.csv": SCORES,
    "a.soi": SOI,
    "a.toc": TOC,
    "a.json": RECORD,
    "b.json": SCORED_RECORD,
    "c.json": MOTION,
}
PIECES: tuple[bytes, ...] = (
    b"0",
    b"1",
    b"9",
    b"-",
    b"=",
    b" ",
    b",",
    b'"',
    b"#",
    b"\n",
    b"\r",
    b"(",
    b")",
    b"[",
    b"{",
    b"}",
    b":",
    b"\xff",
)
PIECES += (
    b"\x00",
    b"\xef\xbb\xbf",
    b"0\n",
    b"\n0\n",
    b"1 1 0\n",
    b"999999999999",
    b"1.5",
    b"''",
    b"\xe2\x80\xa8",
    b"=1",
)


def damaged(content: bytes, chance: Random) -> bytes:
    """The file with one to three things wrong, or none that shows."""
    for _ in range(chance.randint(1, 3)):
        at, to = sorted(chance.randint(0, len(content)) for _ in range(2))
        lines = content.split(b"\n")
        one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
        match chance.randrange(8):
            case 0:
                content = content[:at] + chance.choice(PIECES) + content[at:]
            case 1:
                content = content[:at] + content[min(at + chance.randint(1, 4), to) :]
            case 2:
                content = content[:at] + chance.choice(PIECES) + content[at + 1 :]
            case 3:
                content = content[:at]
            case 4:
                lines[one], lines[other] = lines[other], lines[one]
                content = b"\n".join(lines)
            case 5:
                content = b"\n".join([*lines[:one], lines[other], *lines[one:]])
            case 6:
                content = b"\n".join(lines[:one] + lines[one + 1 :])
            case _:
                words = lines[one].split(b" ")
                chance.shuffle(words)
                content = b"\n".join([*lines[:one], b" ".join(words), *lines[one + 1 :]])
    return content


Plain = tuple[int | None, dict[str, str], dict[tuple[tuple[str, ...], ...], int]]
"""Seats, names by number, how many papers have these ranks; numbers as texts."""


def plain(name: str, content: bytes) -> Plain:
    """The same file by a second reader, which is lax: it may read what a strict one refuses."""
    reader = {"blt": _blt, "csv": _csv, "soi": _preflib, "toc": _preflib, "json": _record}
    return reader[name.rpartition(".")[2]](content.decode())


def _add(papers: dict[Any, int], ranks: list[list[str]], many: int) -> None:
    key = tuple(tuple(sorted(rank)) for rank in ranks if rank)
    papers[key] = papers.get(key, 0) + many


def _blt(text: str) -> Plain:
    lines = [line.strip() for line in re.split("\r\n|\r|\n", text.removeprefix("\ufeff"))]
    lines = [line if line.startswith('"') else line.split("#")[0].strip() for line in lines]
    lines = [line for line in lines if line]
    options, seats = map(int, lines.pop(0).split())
    gone: set[str] = set()
    words: dict[str, str] = {}
    while lines[0][0] in "-[":
        said = lines.pop(0)
        inside = said.strip("[] ").split()
        if said.startswith("-"):
            gone |= {str(-int(word)) for word in said.split()}
        elif inside[0] == "withdrawn":
            gone |= {str(int(word)) for word in inside[1:]}
        elif inside[0] == "nick":
            words = {word: str(number) for number, word in enumerate(inside[1:], 1)}
    papers: dict[Any, int] = {}
    while (line := lines.pop(0)) != "0":
        line = re.sub(r"^\([^)]*\)", "1 ", line)
        many, *marks = line.split()
        ranks = [[words.get(one) or str(int(one)) for one in mark.split("=")] for mark in marks[:-1] if mark != "-"]
        _add(papers, [[one for one in rank if one not in gone] for rank in ranks], int(many))
    names = {}
    for number in range(1, options + 1):
        line = lines.pop(0)
        quoted = re.fullmatch(r'"(.*)"', line) or re.match(r'"((?:[^"]|"")*)"', line)
        names[str(number)] = quoted[1].replace('""', '"') if quoted else line
    return seats, names, papers


def _csv(text: str) -> Plain:
    rows = [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""))]
    rows = [[re.sub(r"^'(?=[=+\-@])", "", cell) for cell in row] for row in rows if any(row)]
    head = rows.pop(0)
    scored = head[0].lower() == "scored papers"
    weighed = scored or head[0].lower() in ("papers", "count", "votes", "weight")
    columns = head[1:] if weighed else head
    own = weighed and columns == ["marks"]
    grid = not own and [int(re.sub(r"\D", "", column) or 0) for column in columns] != list(range(1, len(columns) + 1))
    names = list(columns) if grid else []
    papers: dict[Any, int] = {}
    for row in rows:
        many, cells = (int(row[0]), row[1:]) if weighed else (1, row)
        if grid and scored:
            ranks = [[f"{number}:{int(cell)}"] for number, cell in enumerate(cells, 1) if cell]
        elif grid:
            by_rank: dict[int, list[str]] = {}
            for number, cell in enumerate(cells, 1):
                if cell:
                    by_rank.setdefault(int(cell), []).append(str(number))
            ranks = [by_rank[rank] for rank in sorted(by_rank)]
        else:
            names += [cell for cell in dict.fromkeys(cells) if cell and cell not in names]
            ranks = [[str(names.index(cell) + 1)] for cell in cells if cell]
        if many:
            _add(papers, ranks, many)
    return None, {str(number): name for number, name in enumerate(names, 1)}, papers


def _preflib(text: str) -> Plain:
    names: dict[str, str] = {}
    papers: dict[Any, int] = {}
    for line in re.split("\r\n|\r|\n", text.removeprefix("\ufeff")):
        if found := re.match(r"\s*#\s*ALTERNATIVE NAME (\d+)\s*:(.*)", line):
            names[found[1]] = found[2].strip()
        elif line.strip() and not line.strip().startswith("#"):
            many, order = line.split(":")
            ranks = re.findall(r"\{[^}]*\}|\d+", order)
            _add(papers, [re.findall(r"\d+", rank) for rank in ranks], int(many))
    options = int(re.search(r"NUMBER ALTERNATIVES\s*:\s*(\d+)", text)[1])  # type: ignore[index]
    return None, {number: name for number, name in names.items() if int(number) <= options}, papers


def _record(text: str) -> Plain:
    [one] = json.loads(text)["contests"]
    papers: dict[Any, int] = {}
    for row in one["tally"]:
        _add(papers, [[mark] for mark in row["marks"]], row["papers"])
    return one["seats"], {option["id"]: option["name"] for option in one["options"]}, papers
