"""The race to the box: papers are cast while it closes."""

from load.people import Observer, Organiser, Voter
from load.stage import Shape, attach

__all__ = ["Observer", "Organiser", "Shape", "Voter"]

attach("closing-race")
