"""The race to the box: papers are cast while it closes."""

from load.people import Observers, Organisers, Voters
from load.stage import Crowd, attach

SCENARIO = attach("closing-race")


class Voter(Voters):
    pass


class Organiser(Organisers):
    fixed_count = SCENARIO.organisers


class Observer(Observers):
    fixed_count = SCENARIO.observers


class Shape(Crowd):
    pass
