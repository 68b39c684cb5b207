"""The election follows its three things: to a decision, to `counted`, to `published`."""

from functions.election import queries, rules
from shared.contracts.states import ElectionState
from shared.database import Connection
from shared.exchange import Case, Verdict


async def reconcile(tx: Connection, case: Case) -> Verdict:
    """`reconcile` of the election. Nothing to tell while it is a draft."""
    election = await queries.lock(tx, case.id)
    if election is None or election.definition is None or election.digest is None:
        return Verdict(None)
    assert election.opens_at and election.closes_at  # noqa: S101  (scheduled elections have both)
    at_once = election.definition.publish == "after the count"
    phase = rules.phase_after(election.phase, case.box, case.roll, case.count, at_once)
    if phase != election.phase:
        await queries.move(tx, case.id, phase)
        await queries.note(tx, case.id, "election", phase)
    return Verdict(
        ElectionState(
            phase=phase,  # type: ignore[arg-type]  # a draft has no definition
            published=election.published or phase == "published",
            definition=election.definition,
            digest=election.digest,
            opens_at=election.opens_at,
            closes_at=election.closes_at,
            close_now=election.close_now,
            decisions=election.decisions,
        )
    )
