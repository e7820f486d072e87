"""procrastinate on PostgreSQL, a hundred jobs at once in each process."""

import sys
from dataclasses import dataclass
from typing import Any

from django.db import connection

from bench.place import Place, server_processes
from bench.rivals import tasks
from bench.rivals.watching import watch
from bench.summaries import Sample

CONCURRENCY = 100


@dataclass
class Procrastinate:
    """`url`: POST to it for every item, in threads; without one, do nothing, in coroutines."""

    url: str = ""
    name: str = "procrastinate"

    def missing(self) -> str:
        return tasks.missing("procrastinate", "requests")

    def measure(self, place: Place, *, items: int, processes: int) -> Sample:
        self._fill(place.database_url, items)
        worker = place.start("sh", "-c", _workers(processes), PYTHONWARNINGS="ignore")
        return watch(place, worker, items=items, remaining=_count_open, servers=server_processes())

    def _fill(self, database_url: str, items: int) -> None:
        import procrastinate

        url = {"url": self.url} if self.url else {}
        jobs: list[dict[str, Any]] = [{"item": item, **url} for item in range(items)]
        app = procrastinate.App(connector=procrastinate.SyncPsycopgConnector(conninfo=database_url))
        with app.open():
            if "procrastinate_jobs" not in connection.introspection.table_names():
                app.schema_manager.apply_schema()
            with connection.cursor() as cursor:
                cursor.execute("TRUNCATE procrastinate_jobs CASCADE")
            app.configure_task("post" if self.url else "do_nothing").batch_defer(*jobs)


def _workers(processes: int) -> str:
    """One shell that is the parent of all workers, and takes them along when it is told to end."""
    worker = f"{sys.executable} -m procrastinate --app=bench.rivals.procrastinate_app.app worker"
    one = f"{worker} --concurrency={CONCURRENCY} &"
    return f"trap 'kill $(jobs -p); wait' TERM; {one * processes} wait"


def _count_open() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing')")
        (count,) = cursor.fetchone()
    return int(count)
