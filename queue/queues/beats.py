"""Signs of life of the engine's parts."""

from datetime import datetime

from queues.models import EngineBeat


def beat(name: str, now: datetime) -> None:
    EngineBeat.objects.bulk_create(
        [EngineBeat(name=name, seen_on=now)],
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["seen_on"],
    )


def last_seen(name: str) -> datetime | None:
    return EngineBeat.objects.filter(name=name).values_list("seen_on", flat=True).first()
