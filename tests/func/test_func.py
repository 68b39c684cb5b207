"""func's own code takes func.yaml, and what it makes of UVote answers: health, pages, events, with the database.

`func` itself is a larger program; README.md says what of it could not be tried.
"""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from knative.local.processes import free_port
from shared import cloudevent
from tests.database import TestDatabase
from tests.elections import scheduled
from tests.func.conftest import PLANTED, Func, Refused
from tests.world import World, source_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900), pytest.mark.xdist_group("func")]
WITHIN = 60.0


@dataclass
class Service:
    """A function that func-python serves."""

    url: str
    process: "subprocess.Popen[bytes]"
    output: Path

    def get(self, path: str) -> httpx.Response:
        return httpx.get(self.url + path, timeout=30, trust_env=False)

    def post(self, path: str, event: cloudevent.Event) -> int:
        headers, body = cloudevent.encode_binary(event)
        return httpx.post(self.url + path, headers=headers, content=body, timeout=30, trust_env=False).status_code


@contextmanager
def serving(python: Path, words: list[str], env: Mapping[str, str], folder: Path) -> Iterator[Service]:
    """A process that func-python serves in, ready, until the block ends."""
    port, output = free_port(), folder / "output"
    env = {"PATH": os.environ["PATH"], "LISTEN_ADDRESS": f"127.0.0.1:{port}", **env}
    with output.open("wb") as file:
        process = subprocess.Popen([python, *words], env=env, cwd=folder, stdout=file, stderr=file)
    service = Service(f"http://127.0.0.1:{port}", process, output)
    try:
        deadline = time.monotonic() + WITHIN
        while True:
            try:
                if service.get("/health/readiness").status_code == 200:
                    break
            except httpx.TransportError:
                assert process.poll() is None and time.monotonic() < deadline, output.read_text()
                time.sleep(0.1)
        yield service
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="session")
def installed(func: Func, original: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment into which pip has installed the scaffolded service, as pack's build does."""
    folder = tmp_path_factory.mktemp("installed")
    shutil.copytree(original, folder / "uvote")
    func("scaffold", folder / "uvote")
    environment = folder / "venv"
    subprocess.run([sys.executable, "-m", "venv", environment], check=True)
    python = environment / "bin" / "python"
    pip = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    done = subprocess.run(
        [python, *pip, folder / "uvote" / ".func" / "build"], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return python


def settings(function: str, keys: Path, database: TestDatabase | None = None) -> dict[str, str]:
    return {
        "UVOTE_FUNCTION": function,
        "UVOTE_JWKS": str(keys / "jwks.json"),
        "UVOTE_SIGNING_KEY": str(keys / f"{function}.signing.json"),
        **({"UVOTE_DATABASE_URL": database.url(function)} if database else {}),
    }


def test_func_takes_func_yaml_and_changes_no_file(func: Func, folder: Path) -> None:
    before = {path: path.read_bytes() for path in folder.glob("*") if path.is_file()}
    seen = json.loads(func("check", folder))
    assert (seen["Name"], seen["Runtime"], seen["Invoke"], seen["Namespace"]) == ("uvote", "python", "http", "uvote")
    assert {"Name": "UVOTE_FUNCTION", "Value": "frontend"} in seen["Run"]["Envs"]
    assert seen["Deploy"]["Options"]["Resources"]["Limits"]["Concurrency"] == 80
    assert {path: path.read_bytes() for path in folder.glob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    ("old", "new", "trouble"),
    [
        ("runtime: python", "runtime: python\nsize: 1", "size"),
        ("specVersion: 0.36.0", "specVersion: 0.35.0", "migrates"),
        ("metric: concurrency", "metric: cpu", "metric"),
        ("configMap:uvote:public-url", "configMap:uvote/public-url", "UVOTE_PUBLIC_URL"),
    ],
)
def test_func_refuses_what_is_not_as_it_should_be(func: Func, folder: Path, old: str, new: str, trouble: str) -> None:
    text = (folder / "func.yaml").read_text()
    assert old in text
    (folder / "func.yaml").write_text(text.replace(old, new))
    with pytest.raises(Refused, match=trouble):
        func("check", folder)


def test_a_page_is_served_and_the_health_is_told(installed: Path, keys: Path, tmp_path: Path) -> None:
    with serving(installed, ["-m", "service.main"], settings("frontend", keys), tmp_path) as service:
        assert (service.get("/health/liveness").text, service.get("/health/liveness").status_code) == ("OK", 200)
        assert service.get("/health").json() == {"status": "healthy", "service": "frontend"}
        page = service.get("/")
        assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
        token = "wPLANTEDwPLANTEDwPLANT"
        service.get(f"/v/00000000-0000-4000-8000-000000000000/{token}")
        output = service.output.read_text()
    assert '"event": "started"' in output
    assert token not in output


async def test_events_are_taken_at_both_addresses_and_the_process_ends_when_told(
    installed: Path, keys: Path, tmp_path: Path, world: World, database: TestDatabase
) -> None:
    made = await scheduled(world, voters=1)
    await world.quiet()
    for event in [event for event in world.events if source_of(event) == "/uvote/election"]:
        for other in ("ballot", "voter"):
            await world.deliver(event, other)
    await world.quiet()
    told = {source_of(event): cloudevent.parse(*event) for event in world.events}
    with serving(installed, ["-m", "service.main"], settings("election", keys, database), tmp_path) as service:
        assert await asyncio.to_thread(service.post, "/events", told["/uvote/ballot"]) == 204
        # func's own triggers name no path.
        assert await asyncio.to_thread(service.post, "/", told["/uvote/voter"]) == 204
        ((others,),) = await world.rows("select others from election.exchange where election = $1", made.id)
        assert set(json.loads(others)) == {"box", "roll"}
        service.process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(service.process.wait, WITHIN) == 0


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[str]:
    """Debian's registry on loopback; answers its host and port."""
    if shutil.which("docker-registry") is None:
        pytest.skip("docker-registry is not installed")
    address, config = f"127.0.0.1:{free_port()}", tmp_path / "registry.yaml"
    storage = {"filesystem": {"rootdirectory": str(tmp_path / "registry")}}
    config.write_text(yaml.safe_dump({"version": "0.1", "storage": storage, "http": {"addr": address}}))
    with (tmp_path / "registry.log").open("wb") as log:
        process = subprocess.Popen(["docker-registry", "serve", config], stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + WITHIN
        while True:
            try:
                assert httpx.get(f"http://{address}/v2/", trust_env=False).status_code == 200
                break
            except httpx.TransportError:
                assert process.poll() is None and time.monotonic() < deadline
                time.sleep(0.1)
        yield address
    finally:
        process.kill()
        process.wait()


def test_the_image_that_func_builds_on_the_host_serves_and_holds_no_secret(
    func: Func, folder: Path, registry: str, keys: Path, tmp_path: Path
) -> None:
    base = f"{registry}/base:1"
    func("base", base)
    func("build", folder, base, path=f"{Path(sys.executable).parent}:")
    config, layers = image(folder / ".func" / "build" / "oci")
    assert "UVOTE_FUNCTION=frontend" in config["Env"]
    root = tmp_path / "root"
    for layer in layers:
        with tarfile.open(layer) as archive:
            archive.extractall(root, filter="tar")
    here = root / "func"
    assert (here / "functions" / "entry.py").exists()
    assert not (here / "tests").exists()
    assert [path for path in root.rglob("*") if path.is_file() and PLANTED.encode() in path.read_bytes()] == []
    # What its command runs is below /func, which is somewhere else here.
    words = [word.replace("/func/", f"{here}/") for word in config["Cmd"][1:]]
    path = dict(one.split("=", 1) for one in config["Env"])["PYTHONPATH"].replace("/func/", f"{here}/")
    env = {**settings("frontend", keys), "PYTHONPATH": path}
    with serving(bare_python(), words, env, tmp_path) as service:
        assert service.get("/").status_code == 200


def bare_python() -> Path:
    """The interpreter without the packages of the tests' environment, as a base image has it."""
    return Path(sys.base_prefix) / "bin" / "python3"


def image(layout: Path) -> tuple[dict[str, Any], list[Path]]:
    """The configuration and the layers of the only image in an OCI layout."""

    def blob(descriptor: dict[str, Any]) -> Path:
        return layout / "blobs" / "sha256" / str(descriptor["digest"]).removeprefix("sha256:")

    index = json.loads((layout / "index.json").read_text())
    (entry,) = index["manifests"]
    inner = json.loads(blob(entry).read_text())
    manifest = json.loads(blob(inner["manifests"][0]).read_text()) if "manifests" in inner else inner
    config = json.loads(blob(manifest["config"]).read_text())
    return config["config"], [blob(layer) for layer in manifest["layers"]]
