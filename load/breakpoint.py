"""More and more voters, until it is too much."""

from load.people import Organisers, Voters
from load.stage import Crowd, attach

SCENARIO = attach("breakpoint")


class Voter(Voters):
    pass


class Organiser(Organisers):
    fixed_count = SCENARIO.organisers


class Shape(Crowd):
    pass
