"""Bare FastAPI routes with asyncpg: one inserts a row, without pass, marks, or seal, and takes what `ballot` is sent;
one reads a row, without deriving or signing anything, and takes what `voter` is sent.

POST /boxes/{box}/papers · /elections/{election}/passes · GET /health. `UVOTE_DATABASE_URL` and `UVOTE_POOL_SIZE` as
`ballot` has them.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
from fastapi import FastAPI
from pydantic import BaseModel


class Paper(BaseModel):
    nonce: str
    definition: str
    marks: dict[str, Any]


class Kept(BaseModel):
    receipt: str


class Link(BaseModel):
    token: str


class Found(BaseModel):
    style: str


async def _keep_nothing(_: object) -> None:
    """As in `shared.database`: without it asyncpg would make a second round trip for each row."""


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with asyncpg.create_pool(
        os.environ["UVOTE_DATABASE_URL"], min_size=0, max_size=int(os.environ["UVOTE_POOL_SIZE"]), reset=_keep_nothing
    ) as app.state.pool:
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "healthy"}


@app.post("/boxes/{box}/papers", status_code=201)
async def put(box: UUID, paper: Paper) -> Kept:
    await app.state.pool.execute(
        "insert into bare.papers (box, paper) values ($1, $2)", box, paper.model_dump_json().encode()
    )
    return Kept(receipt=paper.nonce)


@app.post("/elections/{election}/passes")
async def find(election: UUID, link: Link) -> Found:
    return Found(
        style=await app.state.pool.fetchval(
            "select style from bare.links where election = $1 and token = $2", election, link.token
        )
    )
