"""A draft: an election as its organisers write it, complete or not, until it is scheduled."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from shared.contracts.definition import MOST_OPTIONS, Frozen, Majority
from shared.contracts.text import Moment, Prose, Quorum, Slug, one_line

Short = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200), AfterValidator(one_line)]
"""A name or title that may still be empty."""

Link = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=500, pattern=r"^(https?://[^\s\x00-\x1f<>\"]+)?$")
]


class DraftOption(Frozen):
    id: Slug | None = None
    name: Short = ""
    text: Prose = ""
    link: Link = ""


class DraftContest(Frozen):
    id: Slug | None = None
    title: Short = ""
    method: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{0,40}$")] = "plurality"
    seats: int | None = Field(default=1, ge=1, le=100)
    options: tuple[DraftOption, ...] = Field(default=(), max_length=MOST_OPTIONS)
    min_marks: int = Field(default=0, ge=0, le=200)
    max_marks: int | None = Field(default=None, ge=1, le=200)
    blank_allowed: bool = True
    ties: Literal["lot", "officer"] = "lot"
    reopen_nominations: bool = False
    """Adds “Re-open nominations” as the last option; a seat that it wins stays vacant."""
    text: Prose = ""
    majority: Majority | None = None
    """What carries a motion; None is a simple majority there, and the only thing elsewhere."""
    quorum: Quorum | None = None


class DraftStyle(Frozen):
    id: Slug
    name: Short = ""
    contests: tuple[Slug, ...] = Field(max_length=50)


class Draft(Frozen):
    """Times without an offset are the clock's in `time_zone`; the first of two where clocks are put back."""

    title: Short = ""
    description: Prose = ""
    time_zone: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_+/-]{0,64}$")] = "UTC"
    opens_at: Moment | None = None
    closes_at: Moment | None = None
    publish: Literal["by hand", "after the count"] = "by hand"
    contests: tuple[DraftContest, ...] = Field(default=(), max_length=50)
    styles: tuple[DraftStyle, ...] = Field(default=(), max_length=100)
    """Empty: one style, `all`, with every contest."""
