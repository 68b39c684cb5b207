"""A quiet crowd for a long time: what grows then, leaks."""

from load.people import Observer, Organiser, Voter
from load.stage import Shape, attach

__all__ = ["Observer", "Organiser", "Shape", "Voter"]

attach("soak")
