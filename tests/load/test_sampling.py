"""What is sampled in one look carries one moment: layers of a picture stand on each other moment by moment."""

import json
import os
import threading
from collections import defaultdict
from pathlib import Path

import pytest

from load import sampling


def test_all_of_one_look_carry_one_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampling, "EVERY", 0.0)
    looks, enough = 0, threading.Event()

    def who() -> dict[str, list[int]]:
        nonlocal looks
        looks += 1
        if looks == 200:
            enough.set()
        return {name: [os.getpid()] for name in ("a", "b", "c")}

    with sampling.sampling(tmp_path / "samples", who):
        assert enough.wait(60)
    moments = defaultdict[str, list[float]](list)
    for line in (tmp_path / "samples").read_text().splitlines():
        row = json.loads(line)
        moments[row["name"]].append(row["second"])
    assert set(moments) == {"machine", "a", "b", "c"}
    assert len(moments["a"]) >= 200
    assert moments["a"] == moments["b"] == moments["c"] == moments["machine"]
