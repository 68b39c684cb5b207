"""What `./uvote staff add` and `reset` do with `auth`'s own login to the database."""

import pytest

from functions.auth import commands
from tests.functions.auth.staff import Office


async def test_an_account_made_by_the_operator_sets_its_password_by_the_link(office: Office) -> None:
    token = await commands.add(office.world.database.url("auth"), " Ada@Example.org ", "Ada Lovelace", True)
    assert (await office.set_password(token, "correct horse battery")).status_code == 204
    staff = (await office.session("ada@example.org"))["staff"]
    assert (staff["email"], staff["name"], staff["administrator"]) == ("ada@example.org", "Ada Lovelace", True)


async def test_an_account_is_made_once(office: Office) -> None:
    url = office.world.database.url("auth")
    await commands.add(url, "ada@example.org", "Ada", False)
    with pytest.raises(ValueError, match=r"There is an account for ada@example\.org already\."):
        await commands.add(url, "ADA@example.org", "Ada again", True)
    assert [tuple(row) for row in await office.rows("select name, administrator from auth.accounts")] == [
        ("Ada", False)
    ]


@pytest.mark.parametrize(("email", "name"), [("ada", "Ada"), ("ada@example.org", " "), ("ada@example.org", "A\x00")])
async def test_an_address_or_name_that_cannot_be_is_a_sentence(office: Office, email: str, name: str) -> None:
    with pytest.raises(ValueError, match=r"This is not a usable e-mail address and name\."):
        await commands.add(office.world.database.url("auth"), email, name, False)
    assert await office.rows("select from auth.accounts") == []


async def test_a_lost_password_is_mended_by_a_link(office: Office) -> None:
    await office.add("ada")
    token = await commands.reset(office.world.database.url("auth"), " ADA@example.org ")
    assert (await office.set_password(token, "another password")).status_code == 204
    assert (await office.log_in(password="another password")).status_code == 200


async def test_no_link_for_nobody(office: Office) -> None:
    with pytest.raises(ValueError, match=r"There is no account for eve@example\.org\."):
        await commands.reset(office.world.database.url("auth"), "eve@example.org")


async def test_what_the_operator_did_is_kept_and_the_links_are_not(office: Office) -> None:
    await office.add("ada")
    token = await office.reset("ada@example.org")
    noted = await office.rows("select who, what from auth.activity order by id")
    assert [tuple(row) for row in noted] == [
        ("operator", "made"),
        ("one-time link", "password set"),
        ("operator", "one-time link"),
    ]
    assert token not in str(await office.rows("select * from auth.links, auth.activity"))
