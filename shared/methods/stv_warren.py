"""Single transferable vote by Warren's rule: as by Meek's, but an elected option keeps the same amount of every paper.

Hill and Warren, Meek versus Warren (Voting matters 20, 2005). A keep value is an amount of a vote, not a share of what
a paper has left: who comes later on a paper takes its full amount as long as the paper has it. Rounds, quota, ties and
nine decimals are those of the reference Meek rule (`stv_meek`); here nothing that is kept needs rounding.
"""

from shared.methods.rule import Rule
from shared.methods.stv_meek import MeekSTV


class WarrenSTV(MeekSTV):
    def kept(self, left: int, keep: int) -> int:
        """The keep value, or all that is left where that is less."""
        return min(left, keep)


STV_WARREN = Rule(
    name="stv-warren",
    title="Single transferable vote (Warren)",
    help="Rank the options in your order of preference, as many as you like.",
    tally=WarrenSTV,
    digits=9,
    transfers=True,
)
