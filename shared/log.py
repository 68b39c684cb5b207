"""One line of JSON an occurrence, on standard output: ids and numbers, never tokens, marks, addresses or links.

There is no access log: a line for each request, with its time, could join a voter and a paper. The cast path logs
nothing at all.
"""

import json
import logging
import sys
import time


class _Line(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created)),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            **getattr(record, "facts", {}),
        }
        if record.exc_info and record.exc_info[0]:
            # The message of an unexpected exception can hold a value (asyncpg quotes rows): place and type only.
            trace = record.exc_info[2]
            while trace and trace.tb_next:
                trace = trace.tb_next
            where = f"{trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}" if trace else "?"
            line |= {"error": record.exc_info[0].__name__, "where": where}
        return json.dumps(line, default=str)


def start(function: str) -> None:
    """Send the process's log lines to standard output in this form. Calling it again changes nothing."""
    root = logging.getLogger()
    if any(isinstance(handler.formatter, _Line) for handler in root.handlers):
        return
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(_Line())
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    # They would log URLs, links among them; uvicorn those of WebSockets, where something is installed that speaks them.
    for name in ("httpx", "mangum.http", "uvicorn.error"):
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in ("uvicorn", "uvicorn.error"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    logging.getLogger("uvote").info("started", extra={"facts": {"function": function}})


def note(event: str, **facts: object) -> None:
    """Log an occurrence with its facts."""
    logging.getLogger("uvote").info(event, extra={"facts": facts})


def trouble(event: str, error: BaseException | None = None, **facts: object) -> None:
    """Log something that an operator should see."""
    exc = (type(error), error, error.__traceback__) if error else None
    logging.getLogger("uvote").warning(event, exc_info=exc, extra={"facts": facts})
