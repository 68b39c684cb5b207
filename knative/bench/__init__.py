"""How fast UVote is, beside what it is compared with: `uvote bench cast`, `uvote bench start`.

Every figure that matters is a ratio of two measured in turn in the same round, since machines are never quiet.
"""
