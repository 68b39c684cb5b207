"""The count over HTTP: box keys for `election`, the count for those who watch, the record for everyone.

POST /boxes/{election}/key · GET /counts/{election} · GET /results/{election} and its BLT and CSV files
"""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request, Response
from fastapi.responses import PlainTextResponse

from functions.result import keys, queries, rules
from shared.access import Anyone, Observer, service
from shared.contracts.definition import BoxKey
from shared.database import Connection, Tx
from shared.errors import NotFound, raises
from shared.files import blt
from shared.methods import METHODS, export
from shared.routes import Router

router = Router()


class Csv(Response):
    media_type = "text/csv"


class NotPublished(NotFound):
    code = "not_published"
    sentence = "The result of this election is not published."


class NotCounted(NotFound):
    code = "not_counted"
    sentence = "This election is not counted yet."


class NotAsBlt(NotFound):
    code = "not_as_blt"
    sentence = "The papers of this contest have scores, which BLT cannot hold. Please take the CSV file or the record."


class NoSuchContest(NotFound):
    code = "no_such_contest"
    sentence = "This election has no such contest."


@router.post("/boxes/{election}/key")
async def make_key(election: UUID, _: Annotated[None, service("election")], request: Request, tx: Tx) -> BoxKey:
    """The key that this box's papers are sealed to; asked again, the same."""
    settings = request.app.state.settings
    key = await queries.find_key(tx, election) or await queries.keep_key(tx, election, keys.make(settings, election))
    return BoxKey(public_key=key.public_key, seed_commitment=key.seed_commitment, proof=key.proof)


@router.get("/counts/{election}")
@raises(NotCounted)
async def count(election: UUID, _: Observer, tx: Tx) -> dict[str, Any]:
    """The count before it is published, for those who run or watch the election; never before the seal."""
    state = await queries.box_state(tx, election)
    known = await queries.find(tx, election)
    if known is None or known.counted is None or state is None:
        raise NotCounted
    if known.record is not None:
        return known.record
    return {
        "election": str(election),
        "closes_at": state["closes_at"],
        "papers": known.papers,
        "roll": None,
        "contests": known.counted,
    }


@router.get("/results/{election}")
@raises(NotPublished)
async def record(
    election: UUID,
    _: Anyone,
    tx: Tx,
    papers: Annotated[bool, Query(description="Whether each contest has its papers, as `tally`.")] = True,
) -> dict[str, Any]:
    """The published record: all that anyone needs to count again."""
    found = await _record(tx, election)
    if not papers:
        return found
    tallies = await queries.tallies(tx, election)
    contests = [{**one, "tally": rules.tally(tallies.get(one["id"], {}))} for one in found["contests"]]
    return {**found, "contests": contests}


@router.get("/results/{election}/contests/{contest}.blt", response_class=PlainTextResponse)
@raises(NotPublished, NoSuchContest, NotAsBlt)
async def papers_as_blt(election: UUID, contest: str, _: Anyone, tx: Tx) -> Response:
    """The papers of a contest as BLT; options in the order of the paper."""
    found, papers = await _papers(tx, election, contest)
    if _scored(found):
        raise NotAsBlt
    names = {option["id"]: option["name"] for option in found["options"]}
    text = blt.write(found["title"], found["seats"], list(names), names, papers, contest, found["reopen"])
    return PlainTextResponse(text, headers=_saved_as(f"{contest}.blt"))


@router.get("/results/{election}/contests/{contest}.csv", response_class=Csv)
@raises(NotPublished, NoSuchContest)
async def papers_as_csv(election: UUID, contest: str, _: Anyone, tx: Tx) -> Response:
    """The papers of a contest as CSV: how many, then the names in order; 0 papers with every name come first.

    With scores: how many, then the score of each option, whose names are the heads.
    """
    found, papers = await _papers(tx, election, contest)
    names = {option["id"]: option["name"] for option in found["options"]}
    rows = export.scores_rows(names, papers) if _scored(found) else export.marks_rows(names, papers)
    return Csv(export.csv_text(rows), headers=_saved_as(f"{contest}.csv"))


@router.get("/results/{election}/contests/{contest}/stages.csv", response_class=Csv)
@raises(NotPublished, NoSuchContest)
async def stages_as_csv(election: UUID, contest: str, _: Anyone, tx: Tx) -> Response:
    """The votes after each stage as CSV."""
    found = _contest(await _record(tx, election), contest)
    text = export.stages_csv(found["count"], [option["name"] for option in found["options"]])
    return Csv(text, headers=_saved_as(f"{contest}-stages.csv"))


async def _record(tx: Connection, election: UUID) -> dict[str, Any]:
    known = await queries.find(tx, election)
    if known is None or known.record is None:
        raise NotPublished
    return known.record


async def _papers(tx: Connection, election: UUID, contest: str) -> tuple[dict[str, Any], dict[tuple[str, ...], int]]:
    found = _contest(await _record(tx, election), contest)
    return found, (await queries.tallies(tx, election)).get(contest, {})


def _contest(record: dict[str, Any], contest: str) -> dict[str, Any]:
    for found in record["contests"]:
        if found["id"] == contest:
            wanted: dict[str, Any] = found
            return wanted
    raise NoSuchContest


def _scored(found: dict[str, Any]) -> bool:
    return METHODS[found["method"]].paper == "scored"


def _saved_as(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}
