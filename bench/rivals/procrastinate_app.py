"""The procrastinate application that workers run, on the database of DATABASE_URL."""

import os

from procrastinate import App, PsycopgConnector

from bench.rivals import tasks


async def do_nothing(item: int) -> None:
    """As little as the hub's own no-op action; a coroutine, so that it needs no thread."""


app = App(connector=PsycopgConnector(conninfo=os.environ["DATABASE_URL"], min_size=4, max_size=20))
app.task(name="do_nothing")(do_nothing)
app.task(name="post")(tasks.post)
