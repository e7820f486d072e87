"""django-q2 on PostgreSQL, tuned: bulk fetches, persistent connections, no saved results."""

from dataclasses import dataclass

from django.db import transaction
from django_q.models import OrmQ
from django_q.tasks import async_task

from bench.place import Place, server_processes
from bench.rivals import tasks
from bench.rivals.watching import watch
from bench.summaries import Sample


@dataclass
class DjangoQ:
    """`url`: POST to it for every item; without one, do nothing."""

    url: str = ""
    name: str = "django-q2, tuned"

    def missing(self) -> str:
        return tasks.missing("requests") if self.url else ""

    def measure(self, place: Place, *, items: int, processes: int) -> Sample:
        self._fill(items)
        cluster = place.python(
            "manage.py",
            "qcluster",
            DJANGO_SETTINGS_MODULE="bench.rivals.django_q_settings",
            BENCH_WORKERS=str(processes),
        )
        return watch(place, cluster, items=items, remaining=OrmQ.objects.count, servers=server_processes())

    def _fill(self, items: int) -> None:
        OrmQ.objects.all().delete()
        with transaction.atomic():
            for item in range(items):
                if self.url:
                    async_task("bench.rivals.tasks.post", self.url, item)
                else:
                    async_task("bench.rivals.tasks.do_nothing", item)
