"""Load is let loose on this machine alone, unless somebody owns the other one."""

import pytest

from load.host import NotOurs, owned


@pytest.mark.parametrize(
    "host",
    [
        "http://127.0.0.1:5006",
        "http://127.9.9.9",
        "http://localhost:31080/",
        "https://[::1]:8443",
        "http://user@127.0.0.1",
    ],
)
def test_this_machine_may_be_loaded(host: str) -> None:
    assert owned(host, owner=False) == host.rstrip("/")


@pytest.mark.parametrize(
    "host",
    [
        "https://vote.example.org",
        "http://10.0.0.7:5006",
        "http://0.0.0.0:5006",
        "http://127.0.0.1.example.org",
        "http://localhost.example.org",
        "http://127.0.0.1@vote.example.org",
        "http://[::ffff:10.0.0.7]",
        "http://2130706433",
    ],
)
def test_another_machine_is_refused_until_it_is_owned(host: str) -> None:
    with pytest.raises(NotOurs, match="--i-own-this-host"):
        owned(host, owner=False)
    assert owned(host, owner=True) == host


@pytest.mark.parametrize("host", ["", "127.0.0.1:5006", "ftp://127.0.0.1", "http://", "file:///etc/passwd"])
def test_what_is_no_address_is_refused_owned_or_not(host: str) -> None:
    for owner in (False, True):
        with pytest.raises(NotOurs, match="no address"):
            owned(host, owner)
