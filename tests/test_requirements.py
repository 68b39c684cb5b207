"""pip installs what uv would: the requirements files say what `uv.lock` says, hashes included."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
Pins = dict[tuple[str, str], frozenset[str]]
"""Name and version → hashes."""


def lock() -> dict[str, dict[str, Any]]:
    packages = tomllib.loads((ROOT / "uv.lock").read_text())["package"]
    return {package["name"]: package for package in packages}


def locked(groups: tuple[str, ...], extras: tuple[str, ...]) -> Pins:
    """Every package that the project needs, with these dependency groups and extras."""
    packages = lock()
    project = packages["function"]
    wanted = list(project["dependencies"])
    for extra in extras:
        wanted += project["optional-dependencies"][extra]
    for group in groups:
        wanted += project["dev-dependencies"][group]
    seen: set[tuple[str, str]] = set()
    while wanted:
        one = wanted.pop()
        for extra in ("", *one.get("extra", ())):
            if (one["name"], extra) not in seen:
                seen.add((one["name"], extra))
                package = packages[one["name"]]
                of_extra = package.get("optional-dependencies", {}).get(extra, [])
                wanted += of_extra if extra else package.get("dependencies", [])
    return {
        (name, packages[name]["version"]): frozenset(
            file["hash"] for file in [*packages[name].get("wheels", []), packages[name].get("sdist", {})] if file
        )
        for name, _ in seen
    }


def written(path: Path) -> Pins:
    """What a requirements file pins."""
    pins: Pins = {}
    for block in re.split(r"\n(?=[a-z0-9])", path.read_text()):
        head = re.match(r"([A-Za-z0-9._-]+)==([^\s;\\]+)", block)
        if head:
            pins[head[1], head[2]] = frozenset(re.findall(r"--hash=(sha256:[0-9a-f]{64})", block))
    return pins


@pytest.mark.parametrize(
    ("name", "groups", "extras"),
    [
        ("requirements-image.txt", (), ()),
        ("requirements.txt", (), ("local",)),
        ("requirements-dev.txt", ("dev",), ("local",)),
    ],
)
def test_pip_installs_exactly_what_the_lock_names(name: str, groups: tuple[str, ...], extras: tuple[str, ...]) -> None:
    words = ["--all-groups" if groups else "--no-dev", *(f"--extra {extra}" for extra in extras), "-o", name]
    assert written(ROOT / name) == locked(groups, extras), (
        f"write it again: uv export --frozen --no-header --no-emit-project {' '.join(words)}"
    )
