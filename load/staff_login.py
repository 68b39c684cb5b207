"""Organisers log in, one after the other, while people vote: their passwords cost the processor a lot."""

from load.people import Organisers, Staff, Voters
from load.stage import Crowd, attach

SCENARIO = attach("staff-login")


class Voter(Voters):
    pass


class Organiser(Organisers):
    fixed_count = SCENARIO.organisers


class Logging(Staff):
    fixed_count = SCENARIO.staff


class Shape(Crowd):
    pass
