"""Coming and going: log in, log out, set a password by a one-time link."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from functions.frontend import upstream
from functions.frontend.desk_session import REFRESH, Visitor, forget, remember
from functions.frontend.pages import desk_page, see
from functions.frontend.routes.passthrough import forwarded_for

router = APIRouter(include_in_schema=False)


@router.get("/desk/log-in")
async def form(_: Visitor) -> Response:
    return desk_page("desk/log_in.html", email="", wrong=None)


@router.post("/desk/log-in")
async def log_in(
    request: Request, _: Visitor, email: Annotated[str, Form()] = "", password: Annotated[str, Form()] = ""
) -> Response:
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
        return desk_page("desk/log_in.html", answer.status, email=email, wrong=answer.detail)
    remember(request, answer.body)
    return see("/desk")


@router.post("/desk/log-out")
async def log_out(request: Request, _: Visitor) -> Response:
    refresh = request.cookies.get(REFRESH)
    if refresh:
        await upstream.ask(request, "auth", "POST", "/sessions/end", json={"refresh": refresh})
    forget(request)
    return see("/desk/log-in")


@router.get("/desk/password/{token}")
async def password_form(token: str, _: Visitor) -> Response:
    return desk_page("desk/password.html", token=token, wrong=None)


@router.post("/desk/password/{token}")
async def set_password(
    token: str, request: Request, _: Visitor, password: Annotated[str, Form()] = "", again: Annotated[str, Form()] = ""
) -> Response:
    if password != again:
        return desk_page("desk/password.html", 422, token=token, wrong="The two passwords are not the same.")
    answer = await upstream.ask(request, "auth", "POST", "/passwords", json={"token": token, "password": password})
    if not answer.ok:
        return desk_page("desk/password.html", answer.status, token=token, wrong=answer.detail)
    return see("/desk/log-in")
