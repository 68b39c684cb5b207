"""Polling day: so many voters at once, one after the other in each seat; people watch the turnout and look around."""

from load.people import Observer, Organiser, Voter
from load.stage import Shape, attach

__all__ = ["Observer", "Organiser", "Shape", "Voter"]

attach("polling-day")
