"""Impatience: every voter sends the paper twice at once, and another one from a second device."""

from load.people import Organisers, Voters
from load.stage import Crowd, attach

SCENARIO = attach("double-click")


class Voter(Voters):
    pass


class Organiser(Organisers):
    fixed_count = SCENARIO.organisers


class Shape(Crowd):
    pass
