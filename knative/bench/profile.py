"""Where a request's time goes in the process that answers it, by py-spy, which looks at its stack many times a second.

py-spy is installed apart (`pip install py-spy`) and has to be on the path. A moment belongs to the innermost part of
the list below that is on the stack; what only the event loop and the kernel do is the loop's.
"""

import shutil
import subprocess
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from knative.bench import processes, rate
from knative.bench.machine import machine, wide
from knative.mistake import Mistake

PARTS = {
    "crypto_box_seal": "sealing the paper",
    "crypto_sign_open": "verifying the signature",
    "ed25519.py": "signing",
    "jwt/": "signing",
    "asyncpg/": "asyncpg",
    "pydantic": "pydantic",
    "jinja2/": "writing the page (Jinja)",
    "templates/": "writing the page (Jinja)",
    "<template>": "writing the page (Jinja)",
    "json/": "JSON",
    "fastapi/": "FastAPI and Starlette",
    "starlette/": "FastAPI and Starlette",
    "functions/": "our own code",
    "shared/": "our own code",
    "uvicorn/": "uvicorn and the event loop",
}
"""What stands in a frame's text → whose time it is; the first that fits."""
LOOKS = 400
"""A second."""


@dataclass(frozen=True, slots=True)
class Profile:
    """Moments that each part had, and processor milliseconds of a request."""

    moments: Counter[str]
    cpu_ms: float


def profile(
    what: Annotated[str, typer.Argument(help=f"One of {', '.join(rate.NAMES)}.")] = "cast",
    requests: Annotated[int, typer.Option(min=500, max=100_000)] = 10_000,
    stacks: Annotated[Path | None, typer.Option(help="Keep the stacks there, for a flame graph.")] = None,
) -> None:
    """Show where the time of a page, a pass or a cast goes in the process that answers it."""
    if what not in rate.NAMES:
        raise Mistake(f"There is no {what}: {', '.join(rate.NAMES)}.")
    spy = shutil.which("py-spy")
    if spy is None:
        raise Mistake("py-spy is not on the path: pip install py-spy.")
    console = wide()
    with tempfile.TemporaryDirectory(prefix="uvote-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL may have to run as another user
        with console.status("Measuring"), rate.ready(folder / "uvote", 1000) as place:
            stream = next(one for one in place.streams if one.name == what)
            rate.crowd(place, stream, 1000)
            found = watched(spy, place, stream, requests, stacks or folder / "stacks")
    table = Table(title=f"{what}: processor time of `{stream.function}`, {found.cpu_ms:.3f} ms a request")
    for heading in ("", "share", "ms"):
        table.add_column(heading, justify="right" if heading else "left")
    for part, many in found.moments.most_common():
        share = many / found.moments.total()
        table.add_row(part, f"{share:.0%}", f"{share * found.cpu_ms:.3f}")
    console.print(table)
    console.print(f"{found.moments.total():,} moments, {requests:,} requests. {machine()}")


def watched(spy: str, place: rate.Place, stream: rate.Stream, requests: int, stacks: Path) -> Profile:
    """Send so many while py-spy looks at the process."""
    pid = place.platform.processes[stream.function].pid
    command = [spy, "record", "--pid", str(pid), "--rate", str(LOOKS), "--format", "raw", "--output", str(stacks)]
    looking = subprocess.Popen([*command, "--duration", "600"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        before = processes.cpu(pid)
        rate.crowd(place, stream, requests)
        used = processes.cpu(pid) - before
    finally:
        looking.send_signal(2)  # as Ctrl-C: it writes what it saw
        said = looking.communicate(timeout=60)[0]
    if not stacks.exists():
        raise Mistake(f"py-spy saw nothing: {said.decode(errors='replace').strip()[-300:]}")
    return Profile(parts(stacks.read_text()), used / requests * 1000)


def parts(stacks: str) -> Counter[str]:
    """Moments of each part, of lines `frame;frame;… how often`, the outermost frame first."""
    found: Counter[str] = Counter()
    for line in stacks.splitlines():
        frames, _, many = line.rpartition(" ")
        if "_worker (concurrent" not in frames.rpartition(";")[2]:  # a thread that waits for work
            found[_part(frames.split(";"))] += int(many)
    return found


def _part(frames: list[str]) -> str:
    for frame in reversed(frames):
        for sign, part in PARTS.items():
            if sign in frame:
                return part
    return "the rest"
