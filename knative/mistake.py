"""A mistake of a person's, or something missing on the machine: told in one sentence, never with a traceback."""


class Mistake(Exception):
    """The message is the sentence."""
