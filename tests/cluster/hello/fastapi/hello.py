"""The smallest FastAPI service there is, served as UVote's functions are."""

import os

import uvicorn
from fastapi import FastAPI

app = FastAPI()


@app.get("/{path:path}")
async def hello() -> dict[str, str]:
    return {"hello": "world"}


uvicorn.run(app, host="0.0.0.0", port=int(os.environ["PORT"]), access_log=False, log_config=None)  # noqa: S104
