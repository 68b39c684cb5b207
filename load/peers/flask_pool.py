"""Connections to the database for a worker of gunicorn, with psycopg2: one for each of its threads.

`UVOTE_PEER_CONNECTIONS` says how many. Under gevent psycopg2 waits by yielding, and more requests than connections
queue for one.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

import psycopg2.extensions
from psycopg2.pool import ThreadedConnectionPool

# gunicorn loads the app in its worker, after the fork: connections are the worker's own.
size = int(os.environ["UVOTE_PEER_CONNECTIONS"])
pool = ThreadedConnectionPool(size, size, os.environ["UVOTE_DATABASE_URL"])
free = BoundedSemaphore(size)

if "gevent" in sys.modules:
    from gevent.socket import wait_read, wait_write

    def yielding(db: psycopg2.extensions.connection) -> None:
        """Let other requests run while the database works; gunicorn has patched everything else."""
        waits = {psycopg2.extensions.POLL_READ: wait_read, psycopg2.extensions.POLL_WRITE: wait_write}
        while (state := db.poll()) != psycopg2.extensions.POLL_OK:
            waits[state](db.fileno())

    psycopg2.extensions.set_wait_callback(yielding)


@contextmanager
def connection() -> Iterator[psycopg2.extensions.connection]:
    """One of the pool's, on which each statement is a transaction; waits for it, where the pool would raise."""
    with free:
        db = pool.getconn()
        try:
            db.autocommit = True
            yield db
        finally:
            pool.putconn(db)
