"""A browser without scripts, for the pages of a world: it fills in forms as people do, and finds pages at fault.

Every page it shows has passed `markup.check`, and carries the headers that every page carries.
"""

from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

import httpx

from tests.functions.frontend.markup import POLICY, Node, check
from tests.world import World


@dataclass
class Page:
    """A page as the browser shows it."""

    browser: "Browser"
    status: int
    path: str
    root: Node
    html: str

    @property
    def text(self) -> str:
        return next(self.root.all("main")).text()

    @property
    def title(self) -> str:
        return next(self.root.all("h1")).text()

    @property
    def links(self) -> list[str]:
        """Every address on the page that is of this site, without fragments."""
        found = [node.attrs["href"] for node in self.root.all("a") if "href" in node.attrs]
        return sorted({href.split("#")[0] for href in found if href.startswith("/")} - {""})

    def said(self, role: str) -> str:
        """What is announced: `alert` or `status`."""
        return " ".join(node.text() for node in self.root.all() if node.attrs.get("role") == role)

    def at(self, field_id: str) -> Node:
        """The element of that id."""
        return next(node for node in self.root.all() if node.attrs.get("id") == field_id)

    def button(self, words: str) -> Node:
        """The first button with these words on it."""
        return next(node for node in self.root.all("button") if words in node.text())

    def has_button(self, words: str) -> bool:
        return any(words in node.text() for node in self.root.all("button"))

    async def follow(self, words: str) -> "Page":
        """Click the first link with these words."""
        link = next(node for node in self.root.all("a") if words in node.text())
        return await self.browser.get(link.attrs["href"])

    async def press(self, words: str, **typed: str | list[str] | bytes | None) -> "Page":
        """Press a button, with these fields filled in: a text, values to tick, a file's bytes, None to leave empty.

        Fields are named as on the page, with `_` where the page has `-` or `.`.
        """
        button = self.button(words)
        form = next(node for node in button.above() if node.tag == "form")
        return await self.browser.submit(form, button, typed)


def fields(form: Node, typed: dict[str, str | list[str] | bytes | None]) -> list[tuple[str, str | bytes]]:
    """What a browser would send: every control with a name that is on, as typed or as it stood."""
    wanted = dict(typed)
    sent: list[tuple[str, str | bytes]] = []
    for control in form.all("input", "select", "textarea"):
        name, kind = control.attrs.get("name", ""), control.attrs.get("type", "text")
        key = name.replace("-", "_").replace(".", "_")
        said = typed.get(key, typed.get(name, ""))
        given = key in typed or name in typed
        wanted.pop(key, None)
        wanted.pop(name, None)
        if kind in {"radio", "checkbox"}:
            value = control.attrs.get("value", "on")
            on = value in (said if isinstance(said, list) else [said]) if given else "checked" in control.attrs
            sent += [(name, value)] if on else []
        elif kind == "file":
            sent.append((name, said if isinstance(said, bytes) else b""))
        else:
            sent.append((name, _value(control) if not given else str(said or "")))
    assert not wanted, f"There is no field for {sorted(wanted)}"
    return sent


def _value(control: Node) -> str:
    if control.tag == "textarea":
        return control.raw().removeprefix("\n").replace("\n", "\r\n")
    if control.tag == "select":
        options = list(control.all("option"))
        chosen = next((option for option in options if "selected" in option.attrs), options[0])
        return chosen.attrs.get("value", chosen.text())
    return control.attrs.get("value", "")


@dataclass
class Browser:
    """One person's browser. `seen` is every address it asked for; `session` one that it holds from the start."""

    world: World
    session: str = ""
    client: httpx.AsyncClient = field(init=False)
    seen: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.client = self.world.client("frontend")
        if self.session:
            self.client.headers["cookie"] = f"uvote_session={self.session}"

    async def get(self, path: str) -> Page:
        return await self._show("GET", path)

    async def submit(self, form: Node, button: Node, typed: dict[str, str | list[str] | bytes | None]) -> Page:
        sent = fields(form, typed)
        if "name" in button.attrs:
            sent.append((button.attrs["name"], button.attrs.get("value", "")))
        path = button.attrs.get("formaction") or form.attrs["action"]
        if form.attrs.get("method", "get") != "post":
            return await self._show("GET", path, params=[(name, str(value)) for name, value in sent])
        if form.attrs.get("enctype") == "multipart/form-data":
            files = {n: ("roll.csv", v, "text/csv") if v else ("", b"") for n, v in sent if isinstance(v, bytes)}
            texts = {name: value for name, value in sent if isinstance(value, str)}
            return await self._show("POST", path, files=files, data=texts)
        return await self.post(path, [(name, str(value)) for name, value in sent])

    async def post(self, path: str, sent: list[tuple[str, str]]) -> Page:
        """Send a form from one of our pages."""
        body = urlencode(sent).encode()
        return await self._show("POST", path, content=body)

    async def raw(self, method: str, path: str, **more: object) -> httpx.Response:
        """One request, as a browser sends it from a page of this site."""
        headers = {"origin": "http://frontend"} if method == "POST" else {}
        if "content" in more:
            headers["content-type"] = "application/x-www-form-urlencoded"
        self.seen.append(path)
        return await self.client.request(method, path.split("#", maxsplit=1)[0], headers=headers, **more)  # type: ignore[arg-type]

    async def _show(self, method: str, path: str, **more: object) -> Page:
        path = path.removeprefix("http://frontend")
        answer = await self.raw(method, path, **more)
        while answer.status_code == 303:
            path = answer.headers["location"]
            answer = await self.raw("GET", path)
        return page_of(self, answer, path)


def page_of(browser: Browser, answer: httpx.Response, path: str = "") -> Page:
    """The page of an answer, checked."""
    headers = answer.headers
    assert headers["content-type"] == "text/html; charset=utf-8", f"{path}: {headers['content-type']}"
    assert headers["content-security-policy"] == POLICY
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-robots-tag"] == "noindex"
    assert headers["referrer-policy"] in {"no-referrer", "strict-origin"}
    return Page(browser, answer.status_code, urlsplit(path).path, check(answer.text), answer.text)
