"""Coming and going: log in, log out, set a password by a one-time link."""

from typing import Annotated

from fastapi import Form, Request, Response

from functions.frontend import upstream
from functions.frontend.desk_session import REFRESH, Visitor, forget, remember
from functions.frontend.pages import desk_page, see
from functions.frontend.routes.passthrough import forwarded_for
from shared.errors import Unavailable
from shared.routes import Router

router = Router(include_in_schema=False)
Typed = Annotated[str, Form()]


@router.get("/desk/log-in")
async def form(_: Visitor, done: str = "") -> Response:
    return desk_page("desk/log_in.html", email="", wrong="", done=done)


@router.post("/desk/log-in")
async def log_in(request: Request, _: Visitor, email: Typed = "", password: Typed = "") -> Response:
    """Log in; a refusal comes back to the form with the address kept, never the password."""
    answer = await upstream.ask(
        request,
        "auth",
        "POST",
        "/sessions",
        json={"email": email, "password": password},
        headers={"x-forwarded-for": forwarded_for(request)},
    )
    if not answer.ok:
        wrong = "The e-mail address or the password is wrong." if answer.code == "invalid" else answer.detail
        return desk_page("desk/log_in.html", answer.status, email=email[:300], wrong=wrong, done="")
    remember(request, answer.body)
    return see("/desk")


@router.post("/desk/log-out")
async def log_out(request: Request, _: Visitor) -> Response:
    """End the session; this browser forgets it even when `auth` cannot be told."""
    forget(request)
    refresh = request.cookies.get(REFRESH)
    if refresh:
        try:
            await upstream.ask(request, "auth", "POST", "/sessions/end", json={"refresh": refresh})
        except Unavailable:
            return see("/desk/log-in")
    return see("/desk/log-in?done=out")


@router.get("/desk/password/{token}")
async def password_form(token: str, _: Visitor) -> Response:
    """The form alone: looking at it uses nothing up."""
    return desk_page("desk/password.html", token=token, wrong="", over=False)


@router.post("/desk/password/{token}")
async def set_password(token: str, request: Request, _: Visitor, password: Typed = "", again: Typed = "") -> Response:
    if password != again:
        wrong = "The two passwords are not the same. Please type both again."
        return desk_page("desk/password.html", 422, token=token, wrong=wrong, over=False)
    answer = await upstream.ask(request, "auth", "POST", "/passwords", json={"token": token, "password": password})
    if not answer.ok:
        wrong = "This password cannot be used: it is too long." if answer.code == "invalid" else answer.detail
        over = answer.code == "link_used_up"
        return desk_page("desk/password.html", answer.status, token=token, wrong=wrong, over=over)
    return see("/desk/log-in?done=password")
