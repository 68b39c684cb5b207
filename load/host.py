"""Load goes to this machine alone, unless somebody says that the other one is theirs."""

import ipaddress
from urllib.parse import urlsplit


class NotOurs(ValueError):
    """The message says which host was refused, and how to mean it."""


def owned(url: str, owner: bool) -> str:
    """The address without a slash at its end; raises NotOurs for one that is not loopback and not owned."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise NotOurs(f"{url!r} is no address: http://… or https://… is wanted.")
    if not owner and not _loopback(parts.hostname):
        raise NotOurs(f"{parts.hostname} is another machine: load it only if it is yours, with --i-own-this-host.")
    return url.rstrip("/")


def _loopback(host: str) -> bool:
    """Only by what is written: what a name leads to may change between the look and the load."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
