"""An election of which a test knows everything that no table, file or dump may join."""

import base64
import random
import secrets
from dataclasses import dataclass, field
from itertools import permutations

import jwt

from tests.elections import BOARD, CHAIR, Running, running
from tests.promises.files import element
from tests.world import World


@dataclass
class Planted:
    """What a test knows of an election that no file may join: who came when with what, and every key in between."""

    voters: list[str] = field(default_factory=list)
    nowhere: list[bytes] = field(default_factory=list)
    """Nonces, tokens, passes, and (from the tables, while the box was open) sealed papers, their ids, box keys."""
    passes: list[bytes] = field(default_factory=list)
    receipts: list[str] = field(default_factory=list)
    marks: list[list[str]] = field(default_factory=list)

    def all(self) -> dict[str, list[bytes]]:
        return {
            "nowhere": self.nowhere,
            "passes": self.passes,
            "passes in letters": [one.hex().encode() for one in self.passes],
            "receipts": [receipt.encode() for receipt in self.receipts],
            "voters": [voter.encode() for voter in self.voters],
            "marks in arrays": [b"".join(map(element, marks)) for marks in self.marks],
            "marks in letters": [by.join(marks).encode() for marks in self.marks for by in ("", ",", '","', '", "')],
            "papers": [b'"marks":'],
        }


async def an_election_with_planted_voters(world: World, voters: int = 24) -> tuple[Running, Planted]:
    """Everybody but one has voted, in an order of their own, each with another ranking; one pass was replaced."""
    candidates = [f"candidate-number-{n}" for n in range(5)]
    board = {**BOARD, "options": [{"id": name, "name": name.title()} for name in candidates]}
    day = await running(world, voters=voters, contests=[CHAIR, board], publish="after the count")
    grant = world.client("voter", await day.grant())
    roll = (await grant.get(f"/elections/{day.id}/roll")).json()["voters"]
    emails = [voter["email"] for voter in roll]
    replaced = await day.pass_for(day.links[0])
    assert (await grant.post(f"/elections/{day.id}/voters/{roll[0]['id']}/link")).status_code == 200
    links = (await grant.post(f"/elections/{day.id}/links", json={"reason": "again"})).json()["links"]
    url = {link["email"]: link["url"] for link in links}
    planted = Planted(nowhere=[replaced.rpartition(".")[2].encode()])
    order = random.Random(3).sample(emails, voters - 1)
    rankings = random.Random(4).sample(list(permutations(candidates)), voters)
    for number, (email, ranking) in enumerate(zip(order, rankings, strict=False)):
        token, nonce = url[email].rpartition("/")[2], secrets.token_hex(16)
        bearer = await day.pass_for(url[email])
        answer = await day.cast(bearer, {"chair": ["ada"][: number % 2], "board": list(ranking)}, nonce)
        assert answer.status_code == 201, answer.text
        planted.voters.append(email)
        planted.marks.append(list(ranking))
        planted.receipts.append(answer.json()["receipt"])
        said = jwt.decode(bearer, options={"verify_signature": False})
        planted.passes.append(bytes.fromhex(said["jti"]))
        planted.nowhere += [bytes.fromhex(nonce), nonce.encode(), token.encode()]
        planted.nowhere += [base64.urlsafe_b64decode(token + "=="), bearer.rpartition(".")[2].encode()]
        if number == voters // 2:
            await world.rows("vacuum analyze")
    return day, planted
