"""What processes use is read off /proc, and does not get less when one of them ends."""

import os
import subprocess
import sys

from load import pods
from load.machine import used


def test_a_process_that_has_ended_stays_in_the_sum() -> None:
    busy = subprocess.Popen([sys.executable, "-c", "import time\nwhile time.process_time() < 9: pass"])
    seen: dict[int, float] = {}
    try:
        while not (cpu := used(0.0, "it", [busy.pid], seen).cpu):
            assert busy.poll() is None
    finally:
        busy.kill()
        busy.wait()
    after = used(0.0, "it", [busy.pid], seen)
    assert after.cpu == cpu > 0
    assert after.processes == 0


def test_a_pods_processes_are_known_by_what_knative_tells_them() -> None:
    words = [sys.executable, "-c", "print(flush=True); input()"]
    started = [
        subprocess.Popen(
            words, env={**os.environ, "K_SERVICE": name}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for name in ("ballot", "somebody-elses")
    ]
    try:
        for one in started:
            assert one.stdout
            one.stdout.readline()
        found = pods.processes()
    finally:
        for one in started:
            one.kill()
            one.communicate()
    assert started[0].pid in found["ballot"]
    assert started[1].pid not in {pid for pids in found.values() for pid in pids}
