"""The six functions, by name; each is one package of the same shape (see README.md)."""

FUNCTIONS = ("auth", "voter", "election", "ballot", "result", "frontend")
