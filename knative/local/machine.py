"""What is where on this machine, and what each process is told of it: the manifests' words, put in local terms."""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from functions import FUNCTIONS
from knative.local.manifests import Service
from knative.migrate import function_url
from knative.mistake import Mistake

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class Machine:
    """One UVote: its folder (keys, data, logs), its database, its addresses by name (six functions and `broker`)."""

    folder: Path
    database_url: str
    """The administrator's."""
    urls: Mapping[str, str]
    passwords: Mapping[str, str]

    @property
    def public_url(self) -> str:
        return self.urls["frontend"]

    def url_for(self, role: str) -> str:
        """The database URL of a function's own login, or of the clock's."""
        return function_url(self.database_url, role, self.passwords[role])

    def function_env(self, service: Service) -> dict[str, str]:
        """A function's environment as its manifest has it; files, addresses and Secrets are this machine's."""
        name = service.name
        keys = self.folder / "keys"
        here = {
            "UVOTE_JWKS": str(keys / "jwks.json"),
            "UVOTE_SIGNING_KEY": str(keys / f"{name}.signing.json"),
            "UVOTE_SECRET": str(keys / f"{name}.secret"),
            "UVOTE_PUBLIC_URL": self.public_url,
            "UVOTE_TRUSTED_HOPS": "1",  # `frontend` alone is in between here
        }
        if name in self.passwords:
            here["UVOTE_DATABASE_URL"] = self.url_for(name)
        unknown = service.references.keys() - here.keys()
        if unknown:
            raise Mistake(
                f"The manifest of {name} takes {', '.join(sorted(unknown))} from what is not on this machine."
            )
        told = {one: self._address(value) for one, value in service.env.items()} | dict.fromkeys(service.references, "")
        port = self.urls[name].rpartition(":")[2]
        return {
            **_inherited(),
            **{one: here.get(one, value) for one, value in told.items()},
            "PORT": port,
            "UVOTE_HOST": "127.0.0.1",
            "K_SERVICE": name,
            "K_REVISION": f"{name}-local",
        }

    def broker_env(self) -> dict[str, str]:
        """What the broker is told: where the functions are."""
        subscribers = {name: self.urls[name] for name in FUNCTIONS}
        return {**_inherited(), "UVOTE_BROKER_SUBSCRIBERS": json.dumps(subscribers)}

    def clock_env(self) -> dict[str, str]:
        """What the clock is told: its login, and where the functions are."""
        urls = {f"UVOTE_{name.upper()}_URL": self.urls[name] for name in FUNCTIONS}
        return {**_inherited(), **urls, "UVOTE_CLOCK_DATABASE_URL": self.url_for("clock")}

    def _address(self, value: str) -> str:
        inside = re.fullmatch(r"http://([a-z-]+)\.[a-z-]+\.svc\.cluster\.local(/.*)?", value)
        if not inside:
            return value
        name = "broker" if inside[1] == "broker-ingress" else inside[1]
        return self.urls[name] + (inside[2] or "")


def _inherited() -> dict[str, str]:
    """Our own environment without what is meant for a function: a setting of the caller's must not reach all six."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("UVOTE_", "K_", "DATABASE_"))}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
