"""Polling day: so many voters at once, one after the other in each seat; people watch the turnout and look around."""

from load.people import Observers, Organisers, Voters
from load.stage import Crowd, attach

SCENARIO = attach("polling-day")


class Voter(Voters):
    pass


class Organiser(Organisers):
    fixed_count = SCENARIO.organisers


class Observer(Observers):
    fixed_count = SCENARIO.observers


class Shape(Crowd):
    pass
