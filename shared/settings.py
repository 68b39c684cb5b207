"""Settings are read once, from a mapping; a missing or malformed one is a sentence that names it.

The table in README.md is checked against the fields below: name, default and meaning.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path


class BadSetting(Exception):
    """A setting is missing or cannot be read; the message names it."""


def _setting(name: str, meaning: str, default: str) -> str:
    return field(default=default, metadata={"name": name, "meaning": meaning})


_NUMBERS = {"pool_size": 1, "statement_cache": 0, "casts_together": 1, "trusted_hops": 0, "metrics_port": 0}
"""Settings that are whole numbers, and the least that each may be."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a function is told by its environment. Texts; the properties give the types."""

    function: str = _setting("UVOTE_FUNCTION", "which of the six functions `functions.entry` serves", "frontend")
    database_url: str = _setting("UVOTE_DATABASE_URL", "the function's own login to PostgreSQL", "")
    pool_size: str = _setting("UVOTE_POOL_SIZE", "connections a process holds at most", "4")
    statement_cache: str = _setting(
        "DATABASE_STATEMENT_CACHE", "prepared statements a connection keeps; 0 behind PgBouncer before 1.21", "100"
    )
    casts_together: str = _setting(
        "UVOTE_CASTS_TOGETHER",
        "papers that `ballot` may store in one statement when they come at once; 1: none do",
        "64",
    )
    jwks_file: str = _setting("UVOTE_JWKS", "file with every function's public keys", "")
    signing_key_file: str = _setting("UVOTE_SIGNING_KEY", "file with the function's own private key", "")
    secret_file: str = _setting("UVOTE_SECRET", "file with the secret of `voter` or `result`, 64 hex characters", "")
    auth_url: str = _setting("UVOTE_AUTH_URL", "where `auth` answers", "")
    voter_url: str = _setting("UVOTE_VOTER_URL", "where `voter` answers", "")
    election_url: str = _setting("UVOTE_ELECTION_URL", "where `election` answers", "")
    ballot_url: str = _setting("UVOTE_BALLOT_URL", "where `ballot` answers", "")
    result_url: str = _setting("UVOTE_RESULT_URL", "where `result` answers", "")
    public_url: str = _setting("UVOTE_PUBLIC_URL", "the address voters see, in links", "http://127.0.0.1:5006")
    sink: str = _setting("K_SINK", "the Broker's address; empty sends no events", "")
    trusted_hops: str = _setting(
        "UVOTE_TRUSTED_HOPS", "proxies in front whose X-Forwarded-For entry is believed, counted from the right", "0"
    )
    metrics_port: str = _setting(
        "UVOTE_METRICS_PORT", "port of the pod at which Prometheus reads `/metrics`; 0 counts nothing", "0"
    )

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "Settings":
        """Read every setting from `env`; raises BadSetting for one that should be a number and is not."""
        told = {f.name: env.get(f.metadata["name"], str(f.default)) for f in fields(cls)}
        # Written with a slash at its end, it would make two in every link, which lead nowhere.
        settings = cls(**{**told, "public_url": told["public_url"].rstrip("/")})
        for f in fields(cls):
            value, least = getattr(settings, f.name), _NUMBERS.get(f.name)
            if least is not None and not (value.isascii() and value.isdigit() and int(value) >= least):
                raise BadSetting(f"{f.metadata['name']} is not a whole number from {least} on.")
        return settings

    def peer(self, function: str) -> str:
        """Base address of another function, without a slash at the end; raises BadSetting where none is set."""
        url: str = getattr(self, f"{function}_url")
        if not url:
            raise BadSetting(f"Missing setting: UVOTE_{function.upper()}_URL.")
        return url.rstrip("/")

    def secret(self) -> bytes:
        """The 32 bytes of the function's secret; raises BadSetting when the file is missing or malformed."""
        try:
            secret = bytes.fromhex(Path(self.secret_file).read_text().strip())
        except (OSError, ValueError) as error:
            raise BadSetting("UVOTE_SECRET does not name a readable file of hex characters.") from error
        if len(secret) != 32:
            raise BadSetting("The file of UVOTE_SECRET does not hold 64 hex characters.")
        return secret
