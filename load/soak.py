"""A quiet crowd for a long time: what grows then, leaks."""

from load.people import Observers, Organisers, Voters
from load.stage import Crowd, attach

SCENARIO = attach("soak")


class Voter(Voters):
    pass


class Organiser(Organisers):
    fixed_count = SCENARIO.organisers


class Observer(Observers):
    fixed_count = SCENARIO.observers


class Shape(Crowd):
    pass
