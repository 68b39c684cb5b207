"""States through the real Broker: a process that dies before it has told, and one that is away for too long."""

import asyncio
import subprocess
from typing import Any

from knative.kubectl import kubectl
from load.organiser import Organiser
from tests.cluster import crowd, figures, kube
from tests.cluster.conftest import Desk, uvote


def test_what_a_killed_ballot_had_not_told_the_others_hear_all_the_same(desk: Desk) -> None:
    made = desk.run(lambda organiser: crowd.election(organiser, 20, "A seal that nobody hears of"))
    this = made[0]
    desk.run(lambda organiser: crowd.cast(organiser, made, 20, _nothing))
    # Whoever seals and tells needs this table twice: to commit the seal, and then to read what is to be told. The first
    # lock holds the seal back until the second waits behind it; the second holds back what would be told.
    first, second = _locked(), None
    try:
        desk.run(lambda organiser: organiser.election("POST", f"/{this}/close-now", {"reason": "A test"}))
        kube.until("the seal waits", lambda: _waiting() >= 1, 90)
        second = _locked()
        kube.until("the second lock waits", lambda: _waiting() >= 2, 30)
        _ended(first)
        kube.until("the box is sealed", lambda: _sealed(this), 60)
        for pod in kube.pods("ballot"):
            kubectl("delete", "-n", "uvote", "pod", pod["metadata"]["name"], "--force", "--grace-period=0")
        _backends_ended("uvote_ballot")
    finally:
        for lock in (first, second):
            _ended(lock)
    seen = desk.run(lambda organiser: _published(organiser, this))
    assert seen["phase"] == "published"


def test_an_event_for_a_function_that_is_away_is_a_dead_letter_and_the_election_finishes_by_itself(desk: Desk) -> None:
    made = desk.run(lambda organiser: crowd.election(organiser, 20, "A count that is away"))
    desk.run(lambda organiser: crowd.cast(organiser, made, 20, _nothing))
    before = uvote("events", "--on-cluster").count(made[0])
    kube.sql("alter role uvote_result nologin")
    _backends_ended("uvote_result")
    try:
        desk.run(lambda organiser: organiser.election("POST", f"/{made[0]}/close-now", {"reason": "A test"}))
        kube.until("a dead letter", lambda: uvote("events", "--on-cluster").count(made[0]) > before, 180, 3)
        letters = uvote("events", "--on-cluster").count(made[0]) - before
    finally:
        kube.sql("alter role uvote_result login")
    seen = desk.run(lambda organiser: _published(organiser, made[0]))
    assert seen["phase"] == "published"
    figures.note("dead-letters", {"kept while result was away": letters})


async def _nothing() -> None:
    await asyncio.sleep(0)


async def _published(organiser: Organiser, election: str) -> Any:
    return await organiser.wait(election, "the result", lambda seen: seen["phase"] == "published", 500)


def _locked() -> "subprocess.Popen[str]":
    """A session that takes the exchange of `ballot` as soon as it can, and keeps it until it is ended."""
    words = ["kubectl", "exec", "-i", "-n", "uvote", "postgres-0", "-c", "postgres", "--", "psql", "-U", "postgres"]
    process = subprocess.Popen(
        [*words, "-h", "/var/run/postgresql", "uvote"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdin
    process.stdin.write("begin; lock table ballot.exchange in access exclusive mode;\n")
    process.stdin.flush()
    return process


def _ended(process: "subprocess.Popen[str] | None") -> None:
    if process and process.stdin and not process.stdin.closed:
        process.stdin.close()
        process.wait(30)


def _waiting() -> int:
    return int(kube.sql("select count(*) from pg_locks where not granted and relation = 'ballot.exchange'::regclass"))


def _sealed(election: str) -> bool:
    return (
        kube.sql(f"select count(*) from ballot.boxes where election = '{election}' and sealed_at is not null").strip()
        == "1"
    )


def _backends_ended(role: str) -> None:
    kube.sql(f"select pg_terminate_backend(pid) from pg_stat_activity where usename = '{role}'")
