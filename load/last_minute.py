"""The last minute: everybody casts within one second, and the box closes a minute later; some come after that."""

from load.people import Organisers, Voters
from load.stage import Crowd, attach

SCENARIO = attach("last-minute")


class Voter(Voters):
    pass


class Organiser(Organisers):
    fixed_count = SCENARIO.organisers


class Shape(Crowd):
    pass
