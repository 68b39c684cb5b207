"""The clock: whoever has work due is ticked, nobody else, and each that fails is told by name."""

import asyncpg

from knative import tick
from knative.local.processes import free_port
from tests.database import TestDatabase
from tests.shared.test_http import saying, serving


async def test_only_those_with_work_due_are_ticked_and_trouble_is_told(database: TestDatabase) -> None:
    admin = await asyncpg.connect(database.admin_url)
    for function, minutes in (("election", -1), ("voter", -1), ("ballot", -1), ("result", 1)):
        await admin.execute(
            f"insert into {function}.exchange (election, version, next_send) "
            f"values (gen_random_uuid(), 1, {function}.clock() + interval '{minutes} minutes')"
        )
    await admin.close()
    async with (
        serving(saying(b"HTTP/1.1 204 No Content\r\n\r\n")) as well,
        serving(saying(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")) as busy,
        serving(saying(b"HTTP/1.1 204 No Content\r\n\r\n")) as idle,
    ):
        away = f"http://127.0.0.1:{free_port()}"
        urls = {"election": well.url, "voter": busy.url, "ballot": away, "result": idle.url}
        done = await tick.tick(database.url("clock"), urls)
    assert done == {"election": "done", "voter": "status 503", "ballot": "ConnectionRefusedError"}
    assert [[one.partition(b" HTTP")[0] for one in asked] for asked in well.asked] == [[b"POST /tick"]]
    assert idle.asked == []
