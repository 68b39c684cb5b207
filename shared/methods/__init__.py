"""The counting methods, by name. A new one is one file and one line here; the rest follows from its own words."""

from collections.abc import Mapping

from shared.methods.choose import APPROVAL, PLURALITY
from shared.methods.model import Method
from shared.methods.stv_scottish import STV_SCOTTISH

_ALL: tuple[Method, ...] = (PLURALITY, APPROVAL, STV_SCOTTISH)
METHODS: Mapping[str, Method] = {method.name: method for method in _ALL}
