"""The opening bell: everybody arrives within ten seconds of it."""

from load.people import Organiser, Voter
from load.stage import Shape, attach

__all__ = ["Organiser", "Shape", "Voter"]

attach("opening-bell")
