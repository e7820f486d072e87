"""Signs of life of the engine's parts."""

from datetime import datetime

from queues.models import EngineBeat


def beat(name: str, now: datetime) -> None:
    EngineBeat.objects.update_or_create(name=name, defaults={"seen_on": now})


def last_seen(name: str) -> datetime | None:
    return EngineBeat.objects.filter(name=name).values_list("seen_on", flat=True).first()
