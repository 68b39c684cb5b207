"""What became of a voter, as their own browser saw it; the clients' side of the reconciliation. Pure."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

CLOSED = "Voting is closed"
ALREADY = "This link has voted already"


@dataclass(slots=True)
class Outcome:
    """One voter. `end`: `receipt`, `closed`, `too late`, `undecided`, or a sentence about what went wrong."""

    number: int
    manner: str
    end: str = "cut off"
    receipts: list[str] = field(default_factory=list)
    """Different ones, in the order seen. More than one: somebody's paper was doubled."""
    accepted: int = 0
    """How often the box said 201."""
    sent: int = 0
    """How often the button was pressed, repetitions of an unanswered one not counted."""
    definite: int = 0
    """How many of these were answered for good."""
    tries: int = 0
    """Requests that were sent again for want of an answer."""
    checked: bool | None = None
    """Whether the receipt was found in the box when its voter looked."""
    loaded: bool = False
    planned: float = 0.0
    """Seconds that this voter thought and waited, as planned."""
    took: float = 0.0
    late: float = 0.0
    """The most seconds by which the generator woke this voter late."""
    moment_late: float = 0.0
    """Seconds by which the voter's moment was missed."""

    def answered(self, status: int, heading: str, receipt: str | None) -> None:
        """Note one answer of the box."""
        if receipt is not None and receipt not in self.receipts:
            self.receipts.append(receipt)
        if status == 201 and receipt is not None:
            self.accepted += 1
        if status == 0 or status >= 500:
            return
        self.definite += 1
        if status == 201 or (status == 409 and heading == ALREADY):
            return
        self.end = "closed" if status == 409 and heading == CLOSED else f"refused: {status} {heading}"

    def settle(self) -> None:
        """The end, from what was noted."""
        if self.accepted:
            self.end = "receipt after the closing" if self.manner == "late" else "receipt"
        elif self.sent > self.definite:
            self.end = "undecided"
        elif self.receipts:
            self.end = "refused: somebody has voted with this link"

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> "Outcome":
        return cls(**said)
