"""The counting methods, by name. A new one is one file and one line here; the rest follows from its own words.

Each is imported when it is first looked up: an election uses one or two of them, and a cold start waits for every file.
"""

from collections.abc import Iterator, Mapping
from importlib import import_module

from shared.methods.model import Method

_FILES: Mapping[str, str] = {
    "plurality": "choose",
    "approval": "choose",
    "block": "block",
    "limited": "block",
    "cumulative": "cumulative",
    "sequential-approval": "sequential_approval",
    "stv-scottish": "stv_scottish",
    "stv-meek": "stv_meek",
    "stv-warren": "stv_warren",
    "stv-wigm": "stv_wigm",
    "stv-ers97": "stv_ers97",
    "stv-northern-ireland": "stv_northern_ireland",
    "stv-seanad": "stv_seanad",
    "irv": "irv",
    "supplementary": "supplementary",
    "borda": "borda",
    "dowdall": "borda",
    "bucklin": "bucklin",
    "schulze": "schulze",
    "ranked-pairs": "ranked_pairs",
    "minimax": "minimax",
    "score": "score",
    "score-mean": "score",
    "star": "star",
    "star-bloc": "star",
    "majority-judgment": "majority_judgment",
    "score-proportional": "score_proportional",
    "star-proportional": "star_proportional",
    "motion": "motion",
}
"""Name → file. The method stands there under its name in capitals, `STV_SCOTTISH`."""


class _Registry(Mapping[str, Method]):
    def __getitem__(self, name: str) -> Method:
        method: Method = getattr(import_module(f"shared.methods.{_FILES[name]}"), name.upper().replace("-", "_"))
        return method

    def __iter__(self) -> Iterator[str]:
        return iter(_FILES)

    def __len__(self) -> int:
        return len(_FILES)


METHODS: Mapping[str, Method] = _Registry()
