"""Who sits at the desk: cookies no script and no other site can use, sessions that go on unseen and end when told."""

import re
from uuid import uuid4

import httpx
import pytest

from tests.elections import running
from tests.functions.frontend.browser import Browser, page_of
from tests.functions.frontend.desk import PASSWORD, account, joined, log_in, secretary, sitting
from tests.world import World

ELECTION = "/desk/e/{e}"
PAGES = ["/desk", "/desk/new", "/desk/accounts", ELECTION] + [
    f"{ELECTION}/{page}"
    for page in ("draft", "roll", "staff", "activity", "count", "do/cancel", "do/tie", "voters/{e}")
]
FORMS = ["/desk/new", "/desk/accounts", "/desk/accounts/{e}/link"] + [
    f"{ELECTION}/{form}"
    for form in ("draft", "copy", "do/annul", "do/tie", "roll", "voters", "voters/{e}", "links", "staff", "staff/{e}")
]


def cookies(answer: httpx.Response) -> list[str]:
    return answer.headers.get_list("set-cookie")


async def test_every_page_and_form_of_the_desk_leads_who_is_not_logged_in_to_the_log_in(world: World) -> None:
    browser = Browser(world)
    answers = [await browser.raw("GET", path.format(e=uuid4())) for path in PAGES]
    answers += [await browser.raw("POST", path.format(e=uuid4()), content="") for path in FORMS]
    assert {(answer.status_code, answer.headers["location"]) for answer in answers} == {(303, "/desk/log-in")}
    # Nor is anybody logged out who only came by a link from a mail, with which no cookie is sent.
    assert [cookies(answer) for answer in answers] == [[]] * len(answers)


async def test_the_session_is_kept_from_scripts_and_other_sites_and_goes_on_unseen(world: World) -> None:
    desk = await secretary(world)
    first = {cookie.name: cookie.value for cookie in desk.client.cookies.jar}
    assert set(first) == {"uvote_session", "uvote_refresh"}
    answer = await desk.raw(
        "POST", "/desk/log-in", content=str(httpx.QueryParams(email="sec@example.org", password=PASSWORD)).encode()
    )
    for cookie in cookies(answer):
        assert re.search(r"; Path=/desk; Max-Age=\d+; HttpOnly; SameSite=Strict$", cookie), cookie
    desk.client.cookies.delete("uvote_session")
    page = await desk.get("/desk")
    assert page.title == "Elections"
    later = {cookie.name: cookie.value for cookie in desk.client.cookies.jar}
    assert "uvote_session" in later  # of the same second it reads the same: a session has no number of its own
    assert later["uvote_refresh"] != first["uvote_refresh"]


async def test_cookies_are_for_encrypted_connections_only_where_the_public_address_is_one(world: World) -> None:
    desk = await secretary(world)
    settings = world.apps["frontend"].state.settings
    object.__setattr__(settings, "public_url", "https://vote.example.org")
    form = str(httpx.QueryParams(email="sec@example.org", password=PASSWORD)).encode()
    answer = await desk.raw("POST", "/desk/log-in", content=form)
    assert len(cookies(answer)) == 2
    assert all(cookie.endswith("; Secure") for cookie in cookies(answer))


async def test_a_form_from_another_site_is_refused_and_does_nothing(world: World) -> None:
    day = await running(world, voters=1)
    desk = await sitting(day)
    path = f"/desk/e/{day.id}/do/annul"
    for headers in (
        {},
        {"origin": "null"},
        {"origin": "https://evil.example"},
        {"origin": "http://frontend.evil.example"},
        {"origin": "http://["},
        {"origin": "http://frontend:81"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
    ):
        answer = await desk.client.post(path, data={"reason": "evil"}, headers=headers)
        assert (answer.status_code, page_of(desk, answer).title) == (403, "This is not yours to do"), headers
    for path in ("/desk/log-in", "/desk/log-out", "/desk/password/x"):
        answer = await Browser(world).client.post(path, data={"email": "x"}, headers={"origin": "https://evil.example"})
        assert (answer.status_code, cookies(answer)) == (403, [])
    assert (await day.seen())["phase"] == "scheduled"
    answer = await desk.client.post(
        f"/desk/e/{day.id}/do/annul", data={"reason": "ours"}, headers={"sec-fetch-site": "same-origin"}
    )
    assert (answer.status_code, (await day.seen())["phase"]) == (303, "annulled")


async def test_a_form_is_ours_by_the_public_address_too_where_the_host_is_another(world: World) -> None:
    """A DomainMapping of Knative sends the function's own name as `Host`; not every browser sends `Sec-Fetch-Site`."""
    answers = [
        await Browser(world).client.post(
            "/desk/log-out", headers={"host": "frontend.uvote.svc.cluster.local", "origin": origin}
        )
        for origin in ("http://frontend", "http://evil.example")
    ]
    assert [answer.status_code for answer in answers] == [303, 403]


async def test_a_wrong_password_is_told_without_saying_which_part_was_wrong_and_is_never_shown_again(
    world: World,
) -> None:
    await secretary(world)
    form = await Browser(world).get("/desk/log-in")
    wrong = await form.press("Log in", email="sec@example.org", password="guess-17")
    unknown = await form.press("Log in", email="nobody@example.org", password="guess-17")
    assert [page.status for page in (wrong, unknown)] == [401, 401]
    assert wrong.said("alert") == unknown.said("alert") == "The e-mail address or the password is wrong."
    assert wrong.at("email").attrs["value"] == "sec@example.org"
    assert "guess-17" not in wrong.html
    for _ in range(4):
        wrong = await form.press("Log in", email="sec@example.org", password="guess-17")
    assert (wrong.status, wrong.said("alert").startswith("Too many attempts")) == (429, True)
    long = await form.press("Log in", email="x" * 5000, password="y")
    assert (long.status, len(long.at("email").attrs["value"])) == (422, 300)


async def test_who_logs_out_has_no_session_any_more_even_with_the_old_cookies(world: World) -> None:
    desk = await secretary(world)
    refresh = next(cookie.value for cookie in desk.client.cookies.jar if cookie.name == "uvote_refresh")
    out = await (await desk.get("/desk")).press("Log out")
    assert out.said("status") == "You are logged out."
    assert not list(desk.client.cookies.jar)
    thief = Browser(world)
    thief.client.headers["cookie"] = f"uvote_refresh={refresh}"
    assert (await thief.get("/desk")).title == "The organisers’ desk"


async def test_a_cookie_that_is_no_token_is_nobody_and_is_forgotten(world: World) -> None:
    for value in ("é".encode("latin-1").decode("latin-1"), "x", "a.b.c"):
        browser = Browser(world)
        answer = await browser.client.get("/desk", headers=[(b"cookie", f"uvote_session={value}".encode("latin-1"))])
        assert (answer.status_code, answer.headers["location"]) == (303, "/desk/log-in")
        assert all("Max-Age=0" in cookie for cookie in cookies(answer)) and len(cookies(answer)) == 2


async def test_a_password_is_set_by_a_one_time_link_that_looking_at_does_not_use_up(world: World) -> None:
    link = await account(world, "new@example.org", "New")
    browser = Browser(world)
    for _ in range(2):
        form = await browser.get(link)
    assert (form.status, form.title) == (200, "Set your password")
    differ = await form.press("Set the password", password=PASSWORD, again="another of the kind")
    assert (differ.status, differ.said("alert")[:33]) == (422, "The two passwords are not the sam")
    short = await form.press("Set the password", password="short", again="short")
    assert (short.status, "at least 12" in short.said("alert")) == (422, True)
    long = await form.press("Set the password", password="x" * 400, again="x" * 400)
    assert (long.status, "too long" in long.said("alert")) == (422, True)
    done = await form.press("Set the password", password=PASSWORD, again=PASSWORD)
    assert done.said("status") == "Your password is set. Log in with it."
    again = await form.press("Set the password", password=PASSWORD, again=PASSWORD)
    assert (again.status, "has been used" in again.said("alert")) == (401, True)
    assert not again.has_button("Set the password")
    assert PASSWORD not in again.html
    assert (await (await log_in(world, "new@example.org")).get("/desk")).title == "Elections"


async def test_an_administrator_makes_accounts_and_disables_them_and_others_cannot(world: World) -> None:
    desk = await secretary(world)
    accounts = await (await desk.get("/desk")).follow("accounts")
    wrong = await accounts.press("Make the account", email="no address", name="Al")
    assert (wrong.status, wrong.at("name").attrs["value"]) == (422, "Al")
    made = await accounts.press("Make the account", email="al@example.org", name="Al")
    link = made.at("link").text().removeprefix("http://frontend")
    assert re.fullmatch(r"/desk/password/[\w-]{43}", link)
    assert "Al, no password yet" in made.text
    form = await Browser(world).get(link)
    await form.press("Set the password", password=PASSWORD, again=PASSWORD)
    al = await log_in(world, "al@example.org")
    assert "accounts" not in [link.text() for link in (await al.get("/desk")).root.all("a")]
    forbidden = await al.get("/desk/accounts")
    assert (forbidden.status, forbidden.title) == (403, "This is not yours to do")
    twice = await accounts.press("Make the account", email="al@example.org", name="Al")
    assert (twice.status, "already" in twice.said("alert")) == (409, True)
    disabled = await made.press("Disable Al")
    assert "Al, disabled" in disabled.text
    assert (
        await (await Browser(world).get("/desk/log-in")).press("Log in", email="al@example.org", password=PASSWORD)
    ).status == 401
    enabled = await disabled.press("Enable Al")
    assert "Al, disabled" not in enabled.text
    myself = await made.press("Disable Sec Retary")
    assert (myself.status, myself.said("alert").endswith("You cannot disable your own account.")) == (409, True)
    assert (await desk.raw("POST", f"/desk/accounts/{uuid4()}/delete", content="")).status_code == 404


@pytest.mark.parametrize("path", ["/desk", "/desk/accounts"])
async def test_a_desk_whose_functions_are_asleep_says_so_and_keeps_the_session(world: World, path: str) -> None:
    desk = await joined(world, "a@example.org", "A", administrator=True)
    world.down |= {"auth", "election"}
    page = await desk.get(path)
    assert (page.status, page.title) == (503, "One moment, please")
    world.down.clear()
    assert (await desk.get(path)).status == 200
