"""The counting methods, by name. A new one is one file and one line here; the rest follows from its own words."""

from collections.abc import Mapping

from shared.methods.block import BLOCK
from shared.methods.borda import BORDA, DOWDALL
from shared.methods.bucklin import BUCKLIN
from shared.methods.choose import APPROVAL, PLURALITY
from shared.methods.irv import IRV
from shared.methods.minimax import MINIMAX
from shared.methods.model import Method
from shared.methods.ranked_pairs import RANKED_PAIRS
from shared.methods.schulze import SCHULZE
from shared.methods.sequential_approval import SEQUENTIAL_APPROVAL
from shared.methods.stv_ers97 import STV_ERS97
from shared.methods.stv_meek import STV_MEEK
from shared.methods.stv_northern_ireland import STV_NORTHERN_IRELAND
from shared.methods.stv_scottish import STV_SCOTTISH
from shared.methods.stv_seanad import STV_SEANAD
from shared.methods.stv_warren import STV_WARREN
from shared.methods.stv_wigm import STV_WIGM
from shared.methods.supplementary import SUPPLEMENTARY

_ALL: tuple[Method, ...] = (
    PLURALITY,
    APPROVAL,
    BLOCK,
    SEQUENTIAL_APPROVAL,
    STV_SCOTTISH,
    STV_MEEK,
    STV_WARREN,
    STV_WIGM,
    STV_ERS97,
    STV_NORTHERN_IRELAND,
    STV_SEANAD,
    IRV,
    SUPPLEMENTARY,
    BORDA,
    DOWDALL,
    BUCKLIN,
    SCHULZE,
    RANKED_PAIRS,
    MINIMAX,
)
METHODS: Mapping[str, Method] = {method.name: method for method in _ALL}
