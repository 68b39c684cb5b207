"""One PostgreSQL for the run, started by the process that started the run; a database for each test."""

import asyncio
import json
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from knative import keys as key_files
from knative import migrate
from knative.local import postgres
from tests.database import Server, TestDatabase
from tests.system import System, started
from tests.world import World

# How long an example takes says how busy the machine is, and nothing about the promise.
hypothesis.settings.register_profile("uvote", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("uvote")

_run = ExitStack()
CLUSTER = Path(__file__).resolve().parent / "cluster"
DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "data" / "scottish-stv"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slow", action="store_true", help="run the slow-marked tests as well")
    parser.addoption("--cluster", action="store_true", help="run the tests on the cluster that kubectl talks to")
    parser.addoption("--screenshots", metavar="FOLDER", help="picture every page that the browser journeys come to")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--slow"):
        skip = pytest.mark.skip(reason="slow; run with --slow")
        for item in items:
            if "slow" in item.keywords:
                item.add_marker(skip)
    for item in items:
        if CLUSTER in item.path.parents:
            item.add_marker(pytest.mark.timeout(1800))
            if not config.getoption("--cluster"):
                item.add_marker(pytest.mark.skip(reason="needs a cluster; run with --cluster"))


def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput") or config.option.collectonly:
        return
    folder = Path(tempfile.mkdtemp(prefix="uvote-tests-"))
    folder.chmod(0o755)
    _run.callback(shutil.rmtree, folder, ignore_errors=True)
    key_files.make(folder / "keys")
    passwords = key_files.passwords(folder / "keys")
    given = os.environ.get("UVOTE_TEST_DATABASE_URL")
    url = given or _run.enter_context(postgres.running(folder / "postgres", fast=True))
    asyncio.run(migrate.make_roles(url, passwords))
    migrate.migrate(url)
    data = None if given else str(postgres.data_folder(folder / "postgres"))
    config.uvote = {"url": url, "folder": str(folder), "data": data}  # type: ignore[attr-defined]


def pytest_configure_node(node: Any) -> None:
    node.workerinput["uvote"] = json.dumps(node.config.uvote)


def pytest_unconfigure(config: pytest.Config) -> None:
    _run.close()


@pytest.fixture(scope="session")
def run_facts(pytestconfig: pytest.Config) -> dict[str, Any]:
    """Where the run's server and keys are."""
    worker = getattr(pytestconfig, "workerinput", None)
    facts: dict[str, Any] = json.loads(worker["uvote"]) if worker else pytestconfig.uvote  # type: ignore[attr-defined]
    return facts


@pytest.fixture(scope="session")
def server(run_facts: dict[str, Any]) -> Server:
    """The run's PostgreSQL."""
    data = Path(run_facts["data"]) if run_facts["data"] else None
    return Server(run_facts["url"], key_files.passwords(Path(run_facts["folder"]) / "keys"), data)


@pytest.fixture(scope="session")
def keys(run_facts: dict[str, Any]) -> Path:
    """The folder with every function's keys; tests that change it copy it first."""
    return Path(run_facts["folder"]) / "keys"


@pytest.fixture
def database(server: Server) -> Iterator[TestDatabase]:
    """A database of the test's own."""
    made = server.clone()
    yield made
    server.drop(made.name)


@pytest.fixture
async def world(database: TestDatabase, keys: Path) -> AsyncIterator[World]:
    """The six functions in this process, on the test's own database."""
    async with World(database, keys) as made:
        yield made


@pytest.fixture(scope="session")
def system(server: Server, keys: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """UVote as real processes behind a real broker, shared by the tests of the group `system`."""
    with started(server, keys, tmp_path_factory.mktemp("system") / "uvote") as it:
        yield it


@pytest.fixture
def wards() -> Path:
    """Real wards with their published counts; not part of the product."""
    if not DATA.is_dir():
        pytest.skip("the real wards are not here (shared/data/scottish-stv)")
    return DATA
