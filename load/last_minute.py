"""The last minute: everybody casts within one second, and the box closes a minute later; some come after that."""

from load.people import Organiser, Voter
from load.stage import Shape, attach

__all__ = ["Organiser", "Shape", "Voter"]

attach("last-minute")
