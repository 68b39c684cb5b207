"""The Secrets that a cluster needs: all that the manifests take, and to each function its own alone."""

import json
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest
import yaml

from knative import cluster_secrets
from knative.cluster_secrets import only_those_there, write
from knative.lint.together import EXAMPLE
from knative.mistake import Mistake


def read(file: Path) -> dict[tuple[str, str], dict[str, str]]:
    return {
        (d["kind"], d["metadata"]["name"]): {**d.get("data", {}), **d.get("stringData", {})}
        for d in yaml.safe_load_all(file.read_text())
    }


@pytest.fixture
def made(tmp_path: Path) -> Path:
    return write(tmp_path, "https://vote.example.org")


def opened(made: Path, name: str) -> dict[str, str]:
    return {key: b64decode(value).decode() for key, value in read(made)["Secret", name].items()}


def test_everything_that_the_manifests_take_is_there_and_nothing_else(made: Path) -> None:
    assert {name: set(keys) for name, keys in read(made).items()} == {
        name: set(keys) for name, keys in read(EXAMPLE).items()
    }


def test_each_login_and_signing_key_is_its_owners_own(made: Path) -> None:
    for role in ("auth", "voter", "election", "ballot", "result", "clock"):
        assert opened(made, f"uvote-database-{role}")["url"].startswith(f"postgresql://uvote_{role}:")
    for function in ("auth", "voter", "election", "ballot", "result"):
        assert json.loads(opened(made, f"uvote-signing-{function}")["key.json"])["function"] == function
    assert opened(made, "uvote-secret-voter") != opened(made, "uvote-secret-result")


def test_the_public_keys_are_public(made: Path) -> None:
    jwks: dict[str, Any] = json.loads(opened(made, "uvote-jwks")["jwks.json"])
    assert len(jwks["keys"]) == 5
    assert all("d" not in key for key in jwks["keys"])


def test_again_it_keeps_every_key(made: Path) -> None:
    before = made.read_text()
    assert write(made.parent, "https://vote.example.org").read_text() == before


def test_another_database_is_logged_in_to_by_every_role(tmp_path: Path) -> None:
    made = write(
        tmp_path, "https://vote.example.org", "postgresql://boss:word@db.example.org:5433/votes?sslmode=require"
    )
    assert opened(made, "uvote-database-ballot")["url"].endswith("@db.example.org:5433/votes?sslmode=require")
    assert opened(made, "uvote-database-admin")["url"].startswith("postgresql://boss:word@")


def test_functions_log_in_at_the_pooler_and_migrations_at_the_database(tmp_path: Path) -> None:
    admin = "postgresql://boss:word@uvote-rw:5432/uvote"
    made = write(tmp_path, "https://vote.example.org", admin, "uvote-pooler:6432")
    assert opened(made, "uvote-database-ballot")["url"].endswith("@uvote-pooler:6432/uvote")
    assert opened(made, "uvote-database-clock")["url"].endswith("@uvote-pooler:6432/uvote")
    assert opened(made, "uvote-database-admin")["url"] == admin


def test_only_its_owner_may_read_what_was_written(made: Path) -> None:
    files = [path for path in made.parent.rglob("*") if path.is_file()]
    assert files
    assert all(path.stat().st_mode & 0o077 == 0 for path in files)


def test_other_secrets_than_the_clusters_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fresh clone has none, makes new ones, and would lock every open box for ever. kubectl is a stand-in here."""
    ours, others = (list(yaml.safe_load_all(write(tmp_path / n, "http://x").read_text())) for n in ("ours", "others"))
    there = {m["metadata"]["name"]: json.dumps(m) for m in ours}
    monkeypatch.setattr(cluster_secrets, "kubectl", lambda *words: there.get(words[4], ""))
    only_those_there(ours)
    with pytest.raises(Mistake, match="uvote-secret-"):
        only_those_there(others)
    there.clear()
    only_those_there(others)
