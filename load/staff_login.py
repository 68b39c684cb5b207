"""Organisers log in, one after the other, while people vote: their passwords cost the processor a lot."""

from load.people import Organiser, Staff, Voter
from load.stage import Shape, attach

__all__ = ["Organiser", "Shape", "Staff", "Voter"]

attach("staff-login")
