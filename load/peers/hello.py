"""The smallest FastAPI function: what a start costs that imports nothing else.

GET /health · /
"""

from fastapi import FastAPI

app = FastAPI()


@app.get("/health", response_model=None)
async def health() -> dict[str, str]:
    return {"status": "healthy"}


@app.get("/", response_model=None)
async def hello() -> dict[str, str]:
    return {"hello": "world"}
