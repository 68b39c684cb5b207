"""A real election through the gateway, the count as published, and `ballot` out to more than one pod and back."""

import json
import time
from pathlib import Path

from load.replay import replay
from shared.files import blt
from tests.cluster import figures, kube
from tests.cluster.conftest import GATEWAY, Desk
from tests.cluster.watching import watched


def test_a_real_ward_is_counted_as_published_and_ballot_scales_out_and_back(desk: Desk, wards: Path) -> None:
    election = blt.read_text((wards / "falkirk_2021_by_election_south.blt").read_text("utf-8-sig"))
    with watched("replay") as seen:
        went = desk.run(lambda organiser: replay(organiser, election, 64, lambda *_: None))
        began = time.monotonic()
        kube.until("all six at zero again", kube.at_zero, 300)
    assert went.agrees, went
    published = json.loads((wards / "expected.json").read_text())["falkirk_2021_by_election_south"]
    assert went.winners == published["elected_in_order"]
    most = {row.service: max(r.ready for r in seen if r.service == row.service) for row in seen}
    assert most["ballot"] > 1
    figures.note(
        "replay",
        {
            "papers": went.papers,
            "seconds": round(went.seconds, 1),
            "casts a second": round(went.cast / went.seconds),
            "most pods": most,
            "seconds to zero after": round(time.monotonic() - began),
            "through": GATEWAY,
        },
    )
