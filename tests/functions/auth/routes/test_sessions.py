"""Coming and going: log in, refresh, log out, a password by a one-time link; guessing gets slower."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import bcrypt
import pytest

from functions.auth import passwords
from tests.database import TestDatabase
from tests.functions.auth.staff import PASSWORD, Office, code
from tests.world import World


class TestLogIn:
    async def test_a_member_of_staff_logs_in(self, office: Office) -> None:
        ada = await office.add("ada", administrator=True)
        answer = await office.log_in(" ADA@example.org ")
        assert answer.status_code == 200
        body = answer.json()
        assert body["staff"] == {"id": ada, "email": "ada@example.org", "name": "Ada", "administrator": True}
        assert body["expires_in"] == 15 * 60
        claims = office.claims(body["session"])
        assert (claims["sub"], claims["administrator"]) == (ada, True)
        assert claims["exp"] - claims["iat"] == 15 * 60
        assert (await office.ask("GET", "/me", session=body["session"])).json()["id"] == ada

    async def test_an_unknown_account_a_wrong_password_and_a_disabled_account_are_answered_alike(
        self, office: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await office.add("ada")
        gone = await office.add("gone")
        await office.rows("update auth.accounts set disabled = true where id = $1", gone)
        await office.rows("insert into auth.accounts (email, name) values ('new@example.org', 'Without a password')")
        checked: list[bytes] = []
        real = bcrypt.checkpw

        def check(password: bytes, against: bytes) -> bool:
            checked.append(against)
            return real(password, against)

        monkeypatch.setattr(bcrypt, "checkpw", check)
        answers = [
            await office.log_in("ada@example.org", "wrong horse battery"),
            await office.log_in("ada@example.org", "short"),
            await office.log_in("ada@example.org", "a" * 300),
            await office.log_in("gone@example.org", PASSWORD),
            await office.log_in("new@example.org", PASSWORD),
            await office.log_in("nobody@example.org", PASSWORD),
            await office.log_in("no\x00body@example.org", PASSWORD),
            await office.log_in("no address at all", PASSWORD),
        ]
        assert len({(answer.status_code, answer.text) for answer in answers}) == 1
        assert code(answers[0]) == (401, "wrong_credentials")
        assert [against[:7] for against in checked] == [b"$2b$04$"] * len(answers)

    async def test_a_password_is_stored_as_a_hash_and_a_refresh_token_too(self, office: Office) -> None:
        await office.add("ada")
        session = await office.session()
        stored = str(await office.rows("select * from auth.accounts, auth.refreshes, auth.activity"))
        assert "$2b$" in stored
        assert PASSWORD not in stored
        assert session["refresh"] not in stored
        assert bytes.fromhex(session["refresh"]).hex() not in stored.replace("\\x", "")

    async def test_an_account_disabled_while_its_password_is_checked_gets_no_session(
        self, office: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ada = await office.add("ada")
        real = passwords.fits

        async def meanwhile(password: str, stored: str | None) -> bool:
            right = await real(password, stored)
            await office.rows("update auth.accounts set disabled = true where id = $1", ada)
            return right

        monkeypatch.setattr(passwords, "fits", meanwhile)
        assert code(await office.log_in()) == (401, "wrong_credentials")
        assert await office.rows("select from auth.refreshes") == []

    async def test_a_password_replaced_while_the_old_one_is_checked_gives_the_old_one_no_session(
        self, office: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await office.add("ada")
        real, new = passwords.fits, await passwords.hash_of("another password")

        async def meanwhile(password: str, stored: str | None) -> bool:
            right = await real(password, stored)
            await office.rows("update auth.accounts set password = $1", new)
            return right

        monkeypatch.setattr(passwords, "fits", meanwhile)
        assert code(await office.log_in()) == (401, "wrong_credentials")
        assert await office.rows("select from auth.refreshes") == []


class TestGuessing:
    """Failures are counted in the database, per address typed and client."""

    async def _wait_over(self, office: Office) -> None:
        await office.rows("update auth.failures set next_try = clock_timestamp()")

    async def test_the_fourth_wrong_try_has_to_wait_and_each_later_one_longer(self, office: Office) -> None:
        await office.add("ada")
        for _ in range(3):
            assert code(await office.log_in(password="wrong horse battery")) == (401, "wrong_credentials")
        waits = []
        for _ in range(7):
            refused = await office.log_in(password="wrong horse battery")
            assert code(refused) == (429, "slow_down")
            waits.append(int(refused.headers["retry-after"]))
            await self._wait_over(office)
            assert code(await office.log_in(password="wrong horse battery")) == (401, "wrong_credentials")
        assert waits == [1, 2, 4, 8, 16, 30, 30]

    async def test_nobody_is_ever_locked_out(self, office: Office) -> None:
        await office.add("ada")
        for _ in range(20):
            await self._wait_over(office)
            await office.log_in(password="wrong horse battery")
        assert code(await office.log_in()) == (429, "slow_down")
        await self._wait_over(office)
        assert (await office.log_in()).status_code == 200
        assert await office.rows("select from auth.failures") == []

    async def test_tries_during_the_wait_are_not_even_checked_and_do_not_lengthen_it(
        self, office: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await office.add("ada")
        for _ in range(3):
            await office.log_in(password="wrong horse battery")
        before = await office.rows("select * from auth.failures")

        def check(*_: Any) -> bool:
            raise AssertionError("checked during the wait")

        monkeypatch.setattr(bcrypt, "checkpw", check)
        for _ in range(5):
            assert code(await office.log_in()) == (429, "slow_down")
        assert await office.rows("select * from auth.failures") == before

    async def test_a_process_that_has_just_started_knows_of_the_failures_before_it(
        self, office: Office, database: TestDatabase, keys: Path
    ) -> None:
        for _ in range(3):
            await office.log_in()
        async with World(database, keys, ["auth"]) as another:
            assert code(await Office(another).log_in()) == (429, "slow_down")

    async def test_an_unknown_account_is_slowed_down_like_a_known_one(self, office: Office) -> None:
        for _ in range(3):
            await office.log_in("nobody@example.org")
        assert code(await office.log_in("nobody@example.org")) == (429, "slow_down")

    async def test_parallel_guesses_get_no_more_tries_than_one_after_the_other(self, office: Office) -> None:
        await office.add("ada")
        answers = await asyncio.gather(*(office.log_in(password="wrong horse battery") for _ in range(12)))
        codes = [answer.status_code for answer in answers]
        assert (codes.count(401), codes.count(429)) == (3, 9)

    async def test_guesses_at_one_account_slow_down_no_other_and_no_other_client(self, office: Office) -> None:
        state = office.world.apps["auth"].state
        state.settings = replace(state.settings, trusted_hops="1")
        await office.add("ada")
        await office.add("bob")

        def client(address: str) -> list[tuple[str, str]]:
            """What the proxy adds to a header that the client made up."""
            return [("x-forwarded-for", str(uuid4())), ("x-forwarded-for", address)]

        for _ in range(3):
            await office.log_in(password="wrong horse battery", headers=client("1.1.1.1"))
        assert (await office.log_in(headers=client("1.1.1.1"))).status_code == 429
        assert (await office.log_in("bob@example.org", headers=client("1.1.1.1"))).status_code == 200
        assert (await office.log_in(headers=client("2.2.2.2"))).status_code == 200

    async def test_failures_are_forgotten_after_a_quarter_of_an_hour(self, office: Office) -> None:
        await office.add("ada")
        for _ in range(3):
            await office.log_in(password="wrong horse battery")
        past = "update auth.failures set forget_at = forget_at - $1::interval, next_try = next_try - $1::interval"
        await office.rows(past, timedelta(minutes=15))
        for _ in range(3):
            assert code(await office.log_in(password="wrong horse battery")) == (401, "wrong_credentials")

    async def test_a_try_while_another_one_succeeds_is_counted_afresh(self, office: Office) -> None:
        """Two log-ins at once: the first one's success forgets the failures while the second counts its own."""
        await office.add("ada")
        await office.log_in(password="wrong horse battery")
        admin = await office.admin()
        try:
            async with admin.transaction():
                await admin.execute("select from auth.failures for update")
                waiting = asyncio.ensure_future(office.log_in())
                await office.until_blocked()
                await admin.execute("delete from auth.failures")
        finally:
            await admin.close()
        assert (await waiting).status_code == 200


class TestRefresh:
    async def test_a_refresh_token_is_exchanged_for_the_next_session(self, office: Office) -> None:
        ada = await office.add("ada")
        first = await office.session()
        second = (await office.refresh(first["refresh"])).json()
        assert office.claims(second["session"])["sub"] == ada
        assert second["refresh"] != first["refresh"]
        assert (await office.refresh(second["refresh"])).status_code == 200

    async def test_two_tabs_get_the_same_successor(self, office: Office) -> None:
        await office.add("ada")
        first = await office.session()
        answers = await asyncio.gather(*(office.refresh(first["refresh"]) for _ in range(8)))
        assert [answer.status_code for answer in answers] == [200] * 8
        assert len({answer.json()["refresh"] for answer in answers}) == 1
        assert (await office.refresh(answers[0].json()["refresh"])).status_code == 200

    async def test_a_later_reuse_ends_the_whole_family_and_no_other(self, office: Office) -> None:
        await office.add("ada")
        elsewhere = await office.session()
        first = await office.session()
        second = (await office.refresh(first["refresh"])).json()
        await self._time_passes(office, timedelta(seconds=11))
        assert code(await office.refresh(first["refresh"])) == (401, "session_ended")
        assert code(await office.refresh(second["refresh"])) == (401, "session_ended")
        assert (await office.refresh(elsewhere["refresh"])).status_code == 200

    async def test_a_family_that_ends_takes_a_successor_that_is_just_being_made_with_it(self, office: Office) -> None:
        await office.add("ada")
        first = await office.session()
        second = (await office.refresh(first["refresh"])).json()
        await self._time_passes(office, timedelta(seconds=11))
        # Each new token takes a moment longer to be written, so that the reuse falls into that moment.
        await office.rows(
            """create function auth.slowly() returns trigger language plpgsql as
            $$ begin perform pg_sleep(0.2); return new; end $$"""
        )
        await office.rows("create trigger slowly after insert on auth.refreshes execute function auth.slowly()")
        going_on = asyncio.ensure_future(office.refresh(second["refresh"]))
        await office.until("select from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()")
        assert code(await office.refresh(first["refresh"])) == (401, "session_ended")
        third = await going_on
        assert third.status_code == 200
        assert code(await office.refresh(third.json()["refresh"])) == (401, "session_ended")

    @pytest.mark.parametrize("which", ["expires_at", "family_until"])
    async def test_an_idle_or_an_old_session_is_over(self, office: Office, which: str) -> None:
        await office.add("ada")
        session = await office.session()
        await office.rows(f"update auth.refreshes set {which} = clock_timestamp()")
        assert code(await office.refresh(session["refresh"])) == (401, "session_ended")

    async def test_refreshing_never_outlives_a_week(self, office: Office) -> None:
        await office.add("ada")
        session = await office.session()
        [(until,)] = await office.rows("select family_until from auth.refreshes")
        await office.refresh(session["refresh"])
        assert {row[0] for row in await office.rows("select family_until from auth.refreshes")} == {until}
        [(left,)] = await office.rows("select max(family_until) - clock_timestamp() from auth.refreshes")
        assert timedelta(days=6, hours=23) < left <= timedelta(days=7)

    async def test_a_disabled_account_cannot_go_on(self, office: Office) -> None:
        ada = await office.add("ada")
        session = await office.session()
        await office.rows("update auth.accounts set disabled = true where id = $1", ada)
        assert code(await office.refresh(session["refresh"])) == (401, "session_ended")

    async def test_expired_tokens_are_swept_away_when_somebody_logs_in(self, office: Office) -> None:
        await office.add("ada")
        await office.session()
        await office.rows("update auth.refreshes set expires_at = clock_timestamp()")
        await office.session()
        [(left,)] = await office.rows("select count(*) from auth.refreshes")
        assert left == 1

    @pytest.mark.parametrize("token", ["", "nonsense", "0" * 64])
    async def test_a_token_that_is_none_ends_nothing(self, office: Office, token: str) -> None:
        await office.add("ada")
        session = await office.session()
        assert code(await office.refresh(token)) == (401, "session_ended")
        assert (await office.refresh(session["refresh"])).status_code == 200

    async def _time_passes(self, office: Office, by: timedelta) -> None:
        await office.rows("update auth.refreshes set used_at = used_at - $1::interval", by)


class TestLogOut:
    async def test_logging_out_ends_the_session_and_all_it_came_from(self, office: Office) -> None:
        await office.add("ada")
        first, elsewhere = await office.session(), await office.session()
        second = (await office.refresh(first["refresh"])).json()
        assert (await office.ask("POST", "/sessions/end", json={"refresh": first["refresh"]})).status_code == 204
        for token in (first["refresh"], second["refresh"]):
            assert code(await office.refresh(token)) == (401, "session_ended")
        assert (await office.refresh(elsewhere["refresh"])).status_code == 200

    async def test_logging_out_twice_or_with_nothing_says_the_same(self, office: Office) -> None:
        await office.add("ada")
        token = (await office.session())["refresh"]
        for refresh in (token, token, "nonsense"):
            assert (await office.ask("POST", "/sessions/end", json={"refresh": refresh})).status_code == 204


class TestOneTimeLink:
    async def test_a_link_sets_a_password_once_and_ends_every_session(self, office: Office) -> None:
        await office.add("ada")
        session = await office.session()
        token = await office.reset("ada@example.org")
        assert (await office.set_password(token, "another password")).status_code == 204
        assert code(await office.set_password(token, "a third password")) == (401, "link_used_up")
        assert code(await office.refresh(session["refresh"])) == (401, "session_ended")
        assert code(await office.log_in()) == (401, "wrong_credentials")
        assert (await office.log_in(password="another password")).status_code == 200

    async def test_a_new_link_takes_the_place_of_the_old(self, office: Office) -> None:
        await office.add("ada")
        old, new = await office.reset("ada@example.org"), await office.reset("ada@example.org")
        assert code(await office.set_password(old, "another password")) == (401, "link_used_up")
        assert (await office.set_password(new, "another password")).status_code == 204

    async def test_a_link_lasts_a_day(self, office: Office) -> None:
        await office.add("ada")
        token = await office.reset("ada@example.org")
        [(left,)] = await office.rows("select expires_at - clock_timestamp() from auth.links")
        assert timedelta(hours=23) < left <= timedelta(hours=24)
        await office.rows("update auth.links set expires_at = clock_timestamp()")
        assert code(await office.set_password(token, "another password")) == (401, "link_used_up")
        assert (await office.log_in()).status_code == 200

    @pytest.mark.parametrize(
        ("password", "refusal"),
        [
            ("short", "password_too_short"),
            ("a" * 73, "password_too_long"),
            ("tab\tand more text", "password_not_usable"),
        ],
    )
    async def test_a_password_that_cannot_be_used_leaves_the_link_as_it_was(
        self, office: Office, password: str, refusal: str
    ) -> None:
        await office.add("ada")
        token = await office.reset("ada@example.org")
        assert code(await office.set_password(token, password)) == (422, refusal)
        assert (await office.set_password(token, "another password")).status_code == 204

    async def test_a_stranger_makes_us_hash_nothing(self, office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
        def hash_(*_: Any) -> bytes:
            raise AssertionError("hashed for a stranger")

        monkeypatch.setattr(bcrypt, "hashpw", hash_)
        assert code(await office.set_password("nonsense", "another password")) == (401, "link_used_up")

    async def test_one_link_in_two_requests_at_once_sets_one_password(self, office: Office) -> None:
        await office.add("ada")
        token = await office.reset("ada@example.org")
        wanted = [f"another password {n}" for n in range(4)]
        answers = await asyncio.gather(*(office.set_password(token, password) for password in wanted))
        assert sorted(answer.status_code for answer in answers) == [204, 401, 401, 401]
        [won] = [n for n, answer in enumerate(answers) if answer.status_code == 204]
        assert (await office.log_in(password=wanted[won])).status_code == 200
