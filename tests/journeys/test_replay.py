"""Real wards through the running functions: winners and the votes of every stage are the published ones."""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from load.replay import counted, differences, replay
from shared.files import blt
from tests.system import System

pytestmark = pytest.mark.xdist_group("system")

CLUB = """4 2
5 1 2 0
4 2 1 0
3 3 4 0
2 4 3 0
1 0
0
"Ada"
"Bob"
"Cyd"
"Dee"
"A club's committee"
"""


async def replayed(system: System, wards: Path, name: str) -> None:
    election = blt.read_text((wards / f"{name}.blt").read_text())
    published = json.loads((wards / "expected.json").read_text())[name]
    async with system.organiser() as desk:
        went = await replay(desk, election, 24, lambda *_: None)

    assert (went.cast, went.checked, went.refused.total()) == (published["ballots"], published["ballots"], 0)
    assert went.agrees, went.differences
    assert went.winners == published["elected_in_order"]
    assert stages(counted(election)) == stages(published)


def stages(count: dict[str, Any]) -> list[tuple[dict[str, str], str]]:
    return [(stage["votes"], stage["nontransferable"]) for stage in count["stages"]]


@pytest.mark.timeout(600)
async def test_a_small_ward_ends_as_the_council_published_it(system: System, wards: Path) -> None:
    await replayed(system, wards, "aberdeenshire_2012_ward11")


@pytest.mark.slow
@pytest.mark.timeout(1800)
async def test_a_large_ward_ends_as_the_council_published_it(system: System, wards: Path) -> None:
    await replayed(system, wards, "edinburgh_2017_ward1")


async def test_the_command_says_how_it_went_and_exits_with_zero(system: System, tmp_path: Path) -> None:
    (tmp_path / "club.blt").write_text(CLUB)
    words = ["replay", str(tmp_path / "club.blt"), "--url", system.platform.machine.public_url, "--email", system.email]

    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "knative.cli",
        *words,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "UVOTE_PASSWORD": system.password},
    )
    out, err = await process.communicate()

    assert process.returncode == 0, err
    assert b"cast      15" in out
    assert b"receipts  15 found" in out
    assert b"The result is what the file gives." in out


def test_any_difference_between_two_counts_is_named() -> None:
    count = counted(blt.read_text(CLUB))
    other = json.loads(json.dumps(count))
    other["winners"].reverse()
    other["stages"][-1]["votes"]["Ada"] = "0.00000"

    assert differences(count, count) == []
    assert [said.split(":")[0] for said in differences(other, count)] == ["winners", f"stage {len(count['stages'])}"]
    assert differences({**count, "stages": count["stages"][:-1]}, count) == [
        f"{len(count['stages']) - 1} stages, the file gives {len(count['stages'])}"
    ]
