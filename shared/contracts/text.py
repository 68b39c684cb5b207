"""Texts people write: bounded, without control characters (PostgreSQL stores no NUL), not blank where it matters."""

import re
import unicodedata
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, StringConstraints

from shared.methods import majority


def _printable(text: str) -> str:
    if any(unicodedata.category(letter) in {"Cc", "Cs"} and letter not in "\n\t" for letter in text):
        raise ValueError("control characters are not taken")
    return text


def one_line(text: str) -> str:
    """A text without control characters on one line; raises ValueError."""
    if "\n" in text or "\t" in text:
        raise ValueError("one line is wanted")
    return _printable(text)


Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(one_line)]
"""A name or a title: 1 to 200 characters on one line."""

Prose = Annotated[str, StringConstraints(strip_whitespace=True, max_length=20_000), AfterValidator(_printable)]
"""A text of several lines, possibly empty."""

Reason = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000), AfterValidator(_printable)
]
"""Why an officer did something; published."""

_UNSEEN = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
"""Characters that nobody sees, which come along when an address is copied from a page or a letter."""


def _seen(text: object) -> object:
    return unicodedata.normalize("NFC", _UNSEEN.sub("", text)) if isinstance(text, str) else text


Email = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, to_lower=True, max_length=254, pattern=r"^[^@\s\x00-\x1f<>\",;]+@[^@\s\x00-\x1f<>\",;]+$"
    ),
    BeforeValidator(_seen),
]
"""An address as people see it, in lower case, its accents as one letter each (NFC), however they were typed.

Whether it works is for the mail to find out.
"""

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
"""An id inside one election: of a contest, an option, a style."""


def _in_reach(moment: datetime) -> datetime:
    if not 2000 <= moment.year < 3000:
        raise ValueError("a time between the years 2000 and 2999 is wanted")
    return moment


Moment = Annotated[datetime, AfterValidator(_in_reach)]
"""A time, with or without an offset; far enough from the calendar's ends to be turned into any time zone."""


def _possible(share: str) -> str:
    if not majority.possible(share):
        raise ValueError("no more than all can be asked for")
    return share


Share = Annotated[str, StringConstraints(pattern=majority.SHARE), AfterValidator(_possible)]
"""How much carries a motion, `more than 1/2` say."""

Quorum = Annotated[str, StringConstraints(pattern=majority.QUORUM), AfterValidator(_possible)]
"""How much of the roll has to take part, `at least 1/4` or `at least 20` say."""

Hex32 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""32 bytes in hexadecimal."""
