"""Tokens are read as PyJWT reads them, and less is taken: whatever is taken here, PyJWT takes, with the same claims."""

import base64
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import security
from tests.forgery import forgeries

KIND, AUDIENCE, SAID = "pass", "ballot", {"box": "b0", "jti": "00ff", "style": "all"}
Part = dict[str, Any]
Verdict = Part | str


@pytest.fixture(scope="module")
def real(keys: Path) -> security.Signer:
    return security.Signer.from_file(str(keys / "voter.signing.json"))


def ours(keys: Path, token: str, *, late: bool = False) -> Verdict:
    try:
        return security.Keys(str(keys / "jwks.json")).verify(KIND, token, AUDIENCE, late=late)
    except security.ExpiredToken:
        return "expired"
    except security.BadToken:
        return "bad"


def by_pyjwt(keys: Path, token: str, *, late: bool = False) -> Verdict:
    """The same question, asked of a library that many look at."""
    jwks = {jwk["kid"]: jwk for jwk in json.loads((keys / "jwks.json").read_text())["keys"]}
    try:
        header = jwt.get_unverified_header(token)
        jwk = jwks[header["kid"]]
        if header["typ"] != f"{KIND}+jwt" or jwk["function"] not in security.ISSUERS[KIND]:
            return "bad"
        found: Part = jwt.decode(
            token,
            jwt.PyJWK(jwk, "EdDSA").key,
            algorithms=["EdDSA"],
            audience=AUDIENCE,
            issuer=jwk["function"],
            options={"require": ["exp", "iss", "aud", "iat"], "verify_exp": not late, "verify_iat": False},
        )
    except jwt.ExpiredSignatureError:
        return "expired"
    except (jwt.PyJWTError, ValueError, TypeError, KeyError):
        return "bad"
    return found


def coded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


NOW, DAY = int(time.time()), 86_400
GONE = object()
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=5,
)
CLAIM = st.sampled_from(["exp", "iat", "nbf", "iss", "aud", "sub", "jti", "box", "crit"])
CLAIM_CHANGED = (
    st.tuples(CLAIM, st.just(GONE) | ANYTHING)
    | st.tuples(st.sampled_from(["exp", "iat", "nbf"]), st.sampled_from([NOW - DAY, NOW + DAY]))
    | st.tuples(st.just("aud"), st.lists(st.sampled_from(["ballot", "result", "", 7]), max_size=3))
    | st.tuples(st.just("iss"), st.sampled_from(["voter", "ballot", "Voter"]))
)
MEMBER = st.sampled_from(["alg", "kid", "typ", "crit", "b64", "jku", "x5c", "zip"])
HEADER_CHANGED = (
    st.tuples(MEMBER, st.just(GONE) | ANYTHING)
    | st.tuples(st.just("alg"), st.sampled_from(["none", "HS256", "Ed25519", "eddsa", "ES256"]))
    | st.tuples(st.just("typ"), st.sampled_from(["JWT", "grant+jwt", "Pass+jwt"]))
)
RESPELT = st.sampled_from(
    [
        lambda token: token,
        lambda token: token + "=",
        lambda token: token.replace(".", "=."),
        lambda token: token[:-1] + ("B" if token[-1] != "B" else "C"),
        lambda token: token[:-1],
        lambda token: token.replace("-", "+").replace("_", "/"),
        lambda token: " " + token,
        lambda token: token + "\n",
        lambda token: token + "." + token.rpartition(".")[2],
        lambda token: token.replace("e", "\u00e9", 1),
        lambda token: "!".join(token.split("Z", 1)),
    ]
)


def changed(part: Part, changes: list[tuple[str, Any]]) -> Part:
    return {name: value for name, value in {**part, **dict(changes)}.items() if value is not GONE}


def made(real: security.Signer, header: Part, claims: Part) -> str:
    """A token with whatever in it, rightly signed."""
    text = ".".join(coded(json.dumps(part).encode()) for part in (header, claims))
    return f"{text}.{coded(real.key.sign(text.encode()))}"


@given(st.lists(HEADER_CHANGED, max_size=1), st.lists(CLAIM_CHANGED, max_size=2), RESPELT, st.booleans())
def test_whatever_is_taken_pyjwt_takes_too_and_reads_the_same(
    keys: Path, real: security.Signer, heads: Any, bodies: Any, respell: Any, late: bool
) -> None:
    header = changed({"alg": "EdDSA", "kid": real.kid, "typ": "pass+jwt"}, heads)
    claims = changed({**SAID, "iss": "voter", "aud": ["ballot"], "iat": NOW, "exp": NOW + DAY}, bodies)
    token = respell(made(real, header, claims))
    found = ours(keys, token, late=late)
    if found != "bad":
        assert found == by_pyjwt(keys, token, late=late)


PLAIN = st.dictionaries(
    st.text(max_size=8).filter(lambda name: name not in {"exp", "iat", "nbf", "iss", "aud", "sub", "jti"}),
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20),
    max_size=4,
)


@given(PLAIN, st.text(max_size=20), st.integers(-30, 30).filter(bool))
def test_every_token_that_is_signed_here_is_taken_until_it_expires(
    keys: Path, real: security.Signer, said: Part, sub: str, minutes: int
) -> None:
    token = real.sign(KIND, ["result", AUDIENCE], minutes * 60, {**said, "sub": sub})
    found = ours(keys, token)
    assert found == by_pyjwt(keys, token)
    if minutes < 0:
        assert found == "expired"
        found = ours(keys, token, late=True)
    assert isinstance(found, dict)
    assert {**found, **said, "sub": sub, "iss": "voter", "aud": ["result", AUDIENCE]} == found


def test_each_forgery_is_refused_here_and_by_pyjwt(keys: Path) -> None:
    for what, token in forgeries(keys, KIND, "voter", [AUDIENCE], SAID).items():
        verdict = "expired" if what == "expired" else "bad"
        assert (ours(keys, token), by_pyjwt(keys, token)) == (verdict, verdict), what


@pytest.mark.parametrize(
    ("header", "claims", "respell"),
    [
        ({"jku": "https://example.org/keys"}, {}, str),
        ({"b64": True}, {}, str),
        ({}, {"aud": "ballot"}, str),
        ({}, {"exp": str(NOW + DAY)}, str),
        ({}, {"exp": NOW + 0.5 + DAY}, str),
        ({}, {"iat": "now"}, str),
        ({}, {}, lambda token: token + "=="),
    ],
)
def test_what_pyjwt_would_take_and_nobody_here_would_sign_is_refused(
    keys: Path, real: security.Signer, header: Part, claims: Part, respell: Callable[[str], str]
) -> None:
    head = {"alg": "EdDSA", "kid": real.kid, "typ": "pass+jwt"}
    good = {**SAID, "iss": "voter", "aud": ["ballot"], "iat": NOW, "exp": NOW + DAY}
    assert isinstance(ours(keys, made(real, head, good)), dict)
    token = respell(made(real, {**head, **header}, {**good, **claims}))
    assert isinstance(by_pyjwt(keys, token), dict)
    assert ours(keys, token) == "bad"


def test_a_key_of_another_kind_is_no_key() -> None:
    from shared.jws import public_key

    with pytest.raises(ValueError, match="not an Ed25519 key"):
        public_key({"kty": "OKP", "crv": "X25519", "x": coded(bytes(32))})
    with pytest.raises(ValueError, match="32"):
        public_key({"kty": "OKP", "crv": "Ed25519", "x": coded(bytes(31))})


@pytest.mark.parametrize("wrong", [{"sub": 7}, {"sub": None}, {"jti": 7}, {"jti": ["00ff"]}, {"aud": ["ballot", 7]}])
def test_claims_of_the_wrong_kind_are_refused_as_pyjwt_refuses_them(
    keys: Path, real: security.Signer, wrong: Part
) -> None:
    head = {"alg": "EdDSA", "kid": real.kid, "typ": "pass+jwt"}
    good = {**SAID, "iss": "voter", "aud": ["ballot"], "iat": NOW, "exp": NOW + DAY}
    token = made(real, head, {**good, **wrong})
    assert (ours(keys, token), by_pyjwt(keys, token)) == ("bad", "bad")


@pytest.mark.parametrize("payload", [[], "claims", None, 7])
def test_a_signed_text_that_is_no_set_of_claims_is_refused(keys: Path, real: security.Signer, payload: Any) -> None:
    token = made(real, {"alg": "EdDSA", "kid": real.kid, "typ": "pass+jwt"}, payload)
    assert (ours(keys, token), by_pyjwt(keys, token)) == ("bad", "bad")
