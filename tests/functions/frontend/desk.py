"""People at the desk: accounts with passwords, logged in."""

from uuid import uuid4

from functions.auth import commands
from tests.elections import Running
from tests.functions.frontend.browser import Browser, Page
from tests.world import World

PASSWORD = "correct horse battery"


async def account(world: World, email: str, name: str, *, administrator: bool = False) -> str:
    """The one-time link of a new account, as `./uvote staff add` prints it."""
    token = await commands.add(world.database.url("auth"), email, name, administrator)
    return f"/desk/password/{token}"


async def log_in(world: World, email: str, password: str = PASSWORD) -> Browser:
    """A browser in which somebody has logged in."""
    browser = Browser(world)
    await (await browser.get("/desk/log-in")).press("Log in", email=email, password=password)
    return browser


async def joined(world: World, email: str, name: str, *, administrator: bool = False) -> Browser:
    """A browser in which the holder of a new account has logged in."""
    form = await Browser(world).get(await account(world, email, name, administrator=administrator))
    page = await form.press("Set the password", password=PASSWORD, again=PASSWORD)
    assert page.said("status") == "Your password is set. Log in with it."
    return await log_in(world, email)


async def secretary(world: World) -> Browser:
    """The club's secretary at the desk, who also manages the accounts."""
    return await joined(world, "sec@example.org", "Sec Retary", administrator=True)


async def sitting(day: Running, role: str = "owner", *, links: bool = True) -> Browser:
    """A browser at the desk of somebody with a part in the election."""
    staff = day.staff if role == "owner" else uuid4()
    part = {"role": role, "links": links, "email": f"{role}@example.org", "name": role.capitalize()}
    answer = await day.election("PUT", f"/staff/{staff}", part)
    assert answer.status_code == 200, answer.text
    return Browser(day.world, day.world.token_session(staff=staff))


async def page_of_election(desk: Browser, page: Page) -> Page:
    """The election's page, read again after everything that was under way has arrived."""
    await desk.world.settle()
    return await desk.get(page.path)
