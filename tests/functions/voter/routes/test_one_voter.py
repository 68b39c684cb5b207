"""One voter of the roll is looked at by those who run the election."""

from uuid import uuid4

from tests.functions.voter.people import THREE, Organiser
from tests.world import World


async def test_one_voter_is_looked_at_by_organisers_and_not_by_observers_or_from_another_roll(world: World) -> None:
    ada = Organiser(world, uuid4())
    await ada.import_roll(THREE)
    bob = (await ada.voters())["Bob"]
    path = f"/voters/{bob['id']}"

    assert (await ada.ask("GET", path)).json() == bob
    assert (await Organiser(world, ada.election, role="observer").ask("GET", path)).status_code == 403
    assert (await Organiser(world, uuid4()).ask("GET", path)).json()["code"] == "no_such_voter"
