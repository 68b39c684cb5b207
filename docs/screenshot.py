"""Make docs/screenshot.png, the picture in the README: a voter's paper of the demo election, half filled in.

    .venv/bin/python -m docs.screenshot

Starts everything on free ports and a folder of its own; needs chromium, and playwright of the development tools.
"""

import asyncio
import tempfile
from pathlib import Path

from playwright.async_api import async_playwright

from knative.local import demo
from knative.local.platform import free_ports, running

PICTURE = Path(__file__).with_suffix(".png")


async def picture(link: str) -> None:
    """Go by a voting link to the paper, mark some of it, and take the picture."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        tab = await browser.new_page(viewport={"width": 760, "height": 1120})
        await tab.goto(link)
        await tab.get_by_role("button", name="Go to my paper").click()
        await tab.locator("input[type=radio]").nth(1).check()
        for place, rank in enumerate(("2", "1", "3")):
            await tab.locator("input.rank").nth(place).fill(rank)
        await tab.locator("body").click(position={"x": 5, "y": 5})
        await tab.screenshot(path=PICTURE)
        await browser.close()


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, running(Path(folder) / "uvote", free_ports(), fast=True) as platform:
        made = asyncio.run(demo.load(platform))
        asyncio.run(picture(next(iter(made.links.values()))))
    print(f"{PICTURE}: {PICTURE.stat().st_size:,} bytes")  # noqa: T201  (a command's answer)


if __name__ == "__main__":
    main()
