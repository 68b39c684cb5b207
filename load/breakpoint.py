"""More and more voters, until it is too much."""

from load.people import Organiser, Voter
from load.stage import Shape, attach

__all__ = ["Organiser", "Shape", "Voter"]

attach("breakpoint")
