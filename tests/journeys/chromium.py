"""A real browser for the journeys: each page it comes to is measured, and pictured when `--screenshots` names a folder.

Measured is what only a browser can tell: nothing wider than a phone, targets a thumb can hit, text that can be read on
its ground in the light and in the dark, no word on the console (where violations of the policy are reported).
"""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.async_api import Browser, ConsoleMessage, Page, Request, ViewportSize, async_playwright

CHROMIUM = shutil.which("chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
DESKTOP: ViewportSize = {"width": 1200, "height": 900}
PHONE: ViewportSize = {"width": 360, "height": 740}
MEASURE = (Path(__file__).parent / "measure.js").read_text()


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Debian's chromium, headless; skips where there is none."""
    if CHROMIUM is None:
        pytest.skip("chromium is not installed: these journeys need the Debian package of that name")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        try:
            yield browser
        finally:
            await browser.close()


@dataclass
class Eyes:
    """Somebody who looks at every page of a tab."""

    tab: Page
    folder: Path | None
    heard: list[str] = field(default_factory=list)
    seen: int = 0

    def __post_init__(self) -> None:
        self.tab.on("console", self._hear)
        self.tab.on("pageerror", lambda error: self.heard.append(str(error)))
        self.tab.on("requestfailed", self._miss)

    def _miss(self, request: Request) -> None:
        # What is still loading when the page is left, the icon say, the browser gives up itself.
        if request.failure != "net::ERR_ABORTED":
            self.heard.append(f"{request.url}: {request.failure}")

    def _hear(self, message: ConsoleMessage) -> None:
        # The browser itself notes every answer of 400 and more; which of them are right, the journeys say.
        if message.type in {"error", "warning"} and "Failed to load resource: the server responded" not in message.text:
            self.heard.append(message.text)

    async def look(self, name: str) -> None:
        """Look at the page at both widths, in the light and in the dark; raises AssertionError for what is wrong."""
        self.seen += 1
        before = self.tab.viewport_size or DESKTOP
        wrong: list[str] = []
        for width, size in (("phone", PHONE), ("desktop", DESKTOP)):
            await self.tab.set_viewport_size(size)
            for scheme in ("dark", "light"):
                await self.tab.emulate_media(color_scheme=scheme)
                wrong += [f"{width}, {scheme}: {fault}" for fault in await self.tab.evaluate(MEASURE)]
            if self.folder:
                self.folder.mkdir(parents=True, exist_ok=True)
                await self.tab.screenshot(path=self.folder / f"{self.seen:02}-{name}-{width}.png", full_page=True)
        await self.tab.set_viewport_size(before)
        assert not wrong, f"{name}: {'; '.join(dict.fromkeys(wrong))}"
        assert not self.heard, f"{name}: {self.heard}"
