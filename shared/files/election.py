"""What any file of papers holds, and how one that cannot be read is refused."""

from collections.abc import Mapping
from dataclasses import dataclass

from shared.methods.model import Marks

MOST_OPTIONS = 1000
MOST_PAPERS = 100_000_000
"""On one line."""


class FileError(ValueError):
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
    reopen: str | None = None
    """The option that stands for re-opening nominations."""
    ordered: bool = True
    """Whether the file says in which order its options stand; else it is the order in which papers first name them."""

    @property
    def options(self) -> tuple[str, ...]:
        """The options that stand, in the file's order."""
        return tuple(option for option in self.names if option not in self.withdrawn)
