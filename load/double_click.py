"""Impatience: every voter sends the paper twice at once, and another one from a second device."""

from load.people import Organiser, Voter
from load.stage import Shape, attach

__all__ = ["Organiser", "Shape", "Voter"]

attach("double-click")
