"""The Secrets and the ConfigMap that the manifests take, made from keys on disk (`secrets.example.yaml` lists them).

The folder is kept out of version control. Whoever holds it can stuff the box and, with the database's files, join
voters and papers: keep it as one keeps keys.
"""

import json
import secrets
from base64 import b64encode
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

import yaml

from knative import keys, migrate
from knative.images import Manifest
from knative.kubectl import kubectl
from knative.mistake import Mistake

FOLDER = Path(__file__).resolve().parent / "secrets"
DATABASE = "postgres.uvote.svc.cluster.local:5432/uvote?sslmode=disable"
"""The database of the overlays that bring their own, in the cluster's own network."""

LASTING = ("uvote-secret-result", "uvote-secret-voter")
"""What nothing may replace while an election is open: no box could be opened any more, and no link would fit."""


def write(folder: Path, public_url: str, admin_url: str | None = None, pooler: str | None = None) -> Path:
    """Make what keys are missing in `folder` and write the manifests; nothing that exists is given another value.

    With a `pooler` (HOST:PORT) the functions log in there; migrations go to the database itself.
    """
    keys.make(folder / "keys")
    password = folder / "keys" / "postgres.password"
    if not password.exists():
        keys.write(password, secrets.token_urlsafe(24))
    admin = admin_url or f"postgresql://postgres:{quote(password.read_text(), safe='')}@{DATABASE}"
    made = manifests(folder / "keys", public_url, admin, password.read_text(), pooler)
    text = yaml.safe_dump_all(made, sort_keys=False)
    keys.write(folder / "secrets.yaml", text)
    kustomization = {"kind": "Kustomization", "resources": ["secrets.yaml"]}
    keys.write(folder / "kustomization.yaml", yaml.safe_dump(kustomization))
    return folder / "secrets.yaml"


def manifests(
    folder: Path, public_url: str, admin_url: str, password: str, pooler: str | None = None
) -> list[Manifest]:
    """One ConfigMap and every Secret; a function is given its own login, its own signing key, and its own secret."""
    passwords = keys.passwords(folder)
    return [
        _of("ConfigMap", "uvote", {"public-url": public_url}),
        _of("Secret", "uvote-jwks", {"jwks.json": (folder / "jwks.json").read_text()}),
        *(
            _of("Secret", f"uvote-signing-{name}", {"key.json": (folder / f"{name}.signing.json").read_text()})
            for name in keys.SIGNERS
        ),
        *(
            _of("Secret", f"uvote-secret-{name}", {"secret": (folder / f"{name}.secret").read_text()})
            for name in keys.SEALERS
        ),
        *(
            _of("Secret", f"uvote-database-{role}", {"url": migrate.function_url(admin_url, role, word, pooler)})
            for role, word in passwords.items()
        ),
        _of("Secret", "uvote-database-admin", {"url": admin_url}),
        _of("Secret", "uvote-roles", {"database.json": (folder / "database.json").read_text()}),
        _of("Secret", "uvote-postgres", {"password": password}),
    ]


def only_those_there(manifests: Iterable[Manifest]) -> None:
    """Raise Mistake where a manifest would put another secret in the place of one that the cluster has."""
    for manifest in manifests:
        name = manifest["metadata"]["name"]
        if manifest["kind"] == "Secret" and name in LASTING:
            there = kubectl("get", "secret", "-n", "uvote", name, "--ignore-not-found", "-o", "json")
            if there and json.loads(there)["data"] != manifest["data"]:
                raise Mistake(
                    f"The cluster's {name} is not the one in {FOLDER}: with another in its place no open box could be "
                    "counted. Deploy from the folder whose keys the cluster has."
                )


def _of(kind: str, name: str, data: dict[str, str]) -> Manifest:
    # Coded, since `stringData` would look like a change at each apply.
    coded = data if kind == "ConfigMap" else {key: b64encode(text.encode()).decode() for key, text in data.items()}
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": name, "namespace": "uvote"}, "data": coded}
