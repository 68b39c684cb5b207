"""The opening bell: everybody arrives within ten seconds of it."""

from load.people import Organisers, Voters
from load.stage import Crowd, attach

SCENARIO = attach("opening-bell")


class Voter(Voters):
    pass


class Organiser(Organisers):
    fixed_count = SCENARIO.organisers


class Shape(Crowd):
    pass
