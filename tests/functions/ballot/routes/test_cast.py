"""A paper over HTTP: what is taken, what is refused and why, with what receipt."""

from typing import Any
from uuid import uuid4

import jwt
import pytest

from functions.ballot import rules
from tests.elections import Running, running
from tests.world import World

PAPER: dict[str, Any] = {"chair": ["ada"], "board": ["b1", "b2"]}
NONCE = "0f" * 16


async def post(day: Running, bearer: str, content: str) -> tuple[int, Any]:
    client = day.world.client("ballot", bearer)
    answer = await client.post(f"/boxes/{day.id}/papers", content=content, headers={"content-type": "application/json"})
    return answer.status_code, answer.json()


async def papers(day: Running) -> int:
    client = day.world.client("ballot", day.world.token_grant(day.id, role="observer"))
    return int((await client.get(f"/boxes/{day.id}/turnout")).json()["papers"])


async def test_the_receipt_is_that_of_box_pass_and_nonce_and_the_same_form_has_the_same_answer(world: World) -> None:
    day = await running(world, voters=1)
    bearer = await day.pass_for(day.links[0])
    pass_id = bytes.fromhex(jwt.decode(bearer, options={"verify_signature": False})["jti"])
    expected = {"receipt": rules.receipt(day.id, pass_id, bytes.fromhex(NONCE))}
    first = await day.cast(bearer, PAPER, NONCE)
    again = await day.cast(bearer, {"chair": ["bob"]}, NONCE)
    assert [(answer.status_code, answer.json()) for answer in (first, again)] == [(201, expected)] * 2
    other = await day.cast(bearer, PAPER)
    assert (other.status_code, other.json()["code"], other.json()["receipt"]) == (
        409,
        "already_voted",
        expected["receipt"],
    )
    assert await papers(day) == 1


async def test_a_paper_with_faults_is_told_all_of_them_and_put_nowhere(world: World) -> None:
    day = await running(world, voters=1)
    bearer = await day.pass_for(day.links[0])
    answer = await day.cast(bearer, {"chair": ["ada", "bob"], "board": ["b9"], "mayor": []})
    assert (answer.status_code, answer.json()["code"]) == (422, "paper_does_not_fit")
    assert answer.json()["faults"] == [
        {"contest": "mayor", "code": "unknown_contest", "message": "This contest is not on this paper."},
        {"contest": "chair", "code": "too_many", "message": "Choose at most 1 option.", "option": None},
        {
            "contest": "board",
            "code": "unknown_option",
            "message": "One mark is for an option that is not on this paper.",
            "option": "b9",
        },
    ]
    assert await papers(day) == 0
    assert (await day.cast(bearer, PAPER)).status_code == 201


@pytest.mark.parametrize("election", ["other", "style"])
async def test_a_paper_made_for_another_definition_or_style_is_refused(world: World, election: str) -> None:
    day = await running(world, voters=1)
    digest = await day.digest() if election == "style" else "ab" * 32
    bearer = world.token_pass(day.id, b"p" * 16, "north") if election == "style" else await day.pass_for(day.links[0])
    body = {"nonce": NONCE, "definition": digest, "marks": PAPER}
    answer = await world.client("ballot", bearer).post(f"/boxes/{day.id}/papers", json=body)
    assert (answer.status_code, answer.json()["code"]) == (409, "other_definition")
    assert await papers(day) == 0


async def test_what_is_no_paper_at_all_is_refused_and_never_an_error_of_ours(world: World) -> None:
    day = await running(world, voters=1)
    bearer = await day.pass_for(day.links[0])
    digest = await day.digest()

    def paper(marks: str, nonce: str = NONCE) -> str:
        return f'{{"nonce": "{nonce}", "definition": "{digest}", "marks": {marks}}}'

    for content, code in (
        ("", "invalid"),
        ("[]", "invalid"),
        (paper("[]"), "invalid"),
        (paper("{}", NONCE[:-1]), "invalid"),
        (paper("{}", NONCE.upper()), "invalid"),
        (paper("{}")[:-1] + ', "more": 1}', "invalid"),
        (paper("{" + ",".join(f'"c{n}": []' for n in range(51)) + "}"), "invalid"),
        (paper(r'{"\ud800": []}'), "invalid"),
        (paper(r'{"chair": ["\ud800"]}'), "invalid"),
        (paper(r'{"chair": ["\u0000"]}'), "paper_does_not_fit"),
        (paper('{"chair": ["' + "x" * 10_000 + '"]}'), "paper_does_not_fit"),
        (paper('{"' + "x" * 10_000 + '": []}'), "paper_does_not_fit"),
        (paper('{"chair": ' + "[" * 500 + "]" * 500 + "}"), "invalid"),
        (paper('{"chair": {"ada": 1}}'), "paper_does_not_fit"),
        (paper('{"chair": [-1]}'), "paper_does_not_fit"),
    ):
        status, answer = await post(day, bearer, content)
        assert (status, answer["code"]) == (422, code), content[:200]
        assert len(str(answer)) < 2000
    assert await papers(day) == 0


async def test_a_box_takes_papers_with_its_own_passes_only(world: World) -> None:
    day, other = await running(world, voters=1), await running(world, voters=1)
    bearer = await other.pass_for(other.links[0])
    nowhere = uuid4()
    for election, token, status, code in (
        (day.id, bearer, 403, "wrong_election"),
        (day.id, world.token_grant(day.id, role="owner"), 401, "bad_token"),
        (day.id, None, 401, "unauthenticated"),
        (nowhere, world.token_pass(nowhere, b"p" * 16), 404, "no_such_box"),
    ):
        body = {"nonce": NONCE, "definition": await day.digest(), "marks": PAPER}
        answer = await world.client("ballot", token).post(f"/boxes/{election}/papers", json=body)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert await papers(day) == 0
