"""What the Flask peers have in common: `/health`, the limit of a body, and refusals told as UVote tells them."""

from flask import Flask, Response, jsonify

from shared.errors import UVoteError
from shared.problems import status_of
from shared.web import BODY_LIMIT


def made(name: str) -> Flask:
    """An app without its route."""
    app = Flask(name)
    app.config["MAX_CONTENT_LENGTH"] = BODY_LIMIT

    @app.get("/health")
    def health() -> Response:
        return jsonify(status="healthy")

    @app.errorhandler(UVoteError)
    def refused(error: UVoteError) -> tuple[Response, int]:
        return jsonify(error.more, code=error.code, detail=error.detail), status_of(type(error))

    return app
