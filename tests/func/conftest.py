"""The func command's own code, compiled by a small program of ours, and a copy of UVote for it to work on."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PLANTED = "postgresql://planted-password"
Func = Callable[..., str]


class Refused(Exception):
    """What func's code says when it does not take something."""


@pytest.fixture(scope="session")
def func(tmp_path_factory: pytest.TempPathFactory) -> Func:
    """Runs one command of `main.go`; raises Refused."""
    if shutil.which("go") is None:
        pytest.skip("go is not installed")
    program = tmp_path_factory.mktemp("func") / "func"
    fetched = subprocess.run(
        ["go", "mod", "download", "knative.dev/func"], cwd=HERE, check=False, capture_output=True, text=True
    )
    if fetched.returncode != 0:
        pytest.skip(f"the func command's module cannot be fetched: {fetched.stderr.strip()[-200:]}")
    built = subprocess.run(
        ["nice", "-n", "15", "go", "build", "-buildvcs=false", "-o", program, "."],
        cwd=HERE,
        check=False,
        capture_output=True,
        text=True,
    )
    assert built.returncode == 0, built.stderr

    def run(*words: str | Path, path: str = "") -> str:
        env = {**os.environ, "PATH": path + os.environ["PATH"]}
        done = subprocess.run([program, *words], check=False, capture_output=True, text=True, env=env)
        if done.returncode != 0:
            raise Refused(done.stderr)
        return done.stdout

    return run


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """UVote as a clone has it, and Secrets that an operator has made."""
    copy = tmp_path_factory.mktemp("original") / "uvote"
    at_the_root = {ROOT: {".git", ".venv", ".uvote", ".func", "reports"}, ROOT / "knative": {"secrets"}}

    def left_out(folder: str, names: list[str]) -> set[str]:
        return {one for one in names if one in at_the_root.get(Path(folder), ()) or one.startswith("__pycache__")}

    shutil.copytree(ROOT, copy, ignore=left_out)
    (copy / "knative" / "secrets").mkdir()
    (copy / "knative" / "secrets" / "secrets.yaml").write_text(PLANTED)
    return copy


@pytest.fixture
def folder(original: Path, tmp_path: Path) -> Path:
    """A copy of its own for a test."""
    return Path(shutil.copytree(original, tmp_path / "uvote"))
