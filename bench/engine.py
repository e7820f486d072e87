"""`hub_bench engine`: items that cost nothing, through the hub and through other queues, in turns."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from django.utils import timezone

from bench import noop, world
from bench.contenders import Bare, Contender, Hub
from bench.place import Place, open_place, require
from bench.rivals.celery_queue import CeleryQueue
from bench.rivals.django_q_queue import DjangoQ
from bench.rivals.procrastinate_queue import Procrastinate
from bench.summaries import Sample, paired_ratio, summarise
from bench.tables import Report

# A rival gets fewer items, so that a round takes each of them about as long.
RIVALS_SHARE = 5
RIVAL_PROCESSES = 2
Say = Callable[[str], None]


@dataclass
class Entry:
    """One line of the table: a contender with so many processes."""

    contender: Contender
    processes: int
    items: int
    samples: list[Sample] = field(default_factory=list)


def bench_engine(*, items: int, processes: Sequence[int], rounds: int, rivals: bool, say: Say) -> Report:
    """The place's database is PostgreSQL's; everything started is stopped at the end."""
    require("postgresql")
    noop.register()
    with open_place() as place:
        now = timezone.now()
        activations = world.make_world(noop.NAME, {}, now=now)
        say(f"storing {items} records")
        world.store_records(activations, items, now=now)
        entries = [
            *(Entry(Bare(activations), count, items) for count in processes),
            *(Entry(Hub("hub", activations), count, items) for count in processes),
        ]
        report = Report(f"No-op items through the engine, {rounds} rounds in turns")
        if rivals:
            entries += admit([DjangoQ(), CeleryQueue(), Procrastinate()], items // RIVALS_SHARE, report)
        run_rounds(place, entries, rounds=rounds, say=say)
        report.rows = list(describe(entries))
        return report


def admit(rivals: Sequence[Contender], items: int, report: Report) -> list[Entry]:
    """Those that can run here; the others are named in the report."""
    report.notes += [f"{rival.name} was left out: {rival.missing()}" for rival in rivals if rival.missing()]
    return [Entry(rival, RIVAL_PROCESSES, items) for rival in rivals if not rival.missing()]


def run_rounds(place: Place, entries: Sequence[Entry], *, rounds: int, say: Say) -> None:
    for number in range(1, rounds + 1):
        for entry in entries:
            sample = entry.contender.measure(place, items=entry.items, processes=entry.processes)
            entry.samples.append(sample)
            say(f"round {number}: {entry.contender.name}, {entry.processes} processes: {sample.rate:,.0f}/s")


def describe(entries: Sequence[Entry]) -> Iterator[dict[str, object]]:
    """`hub is`: how many times the hub's rate with the most processes is this line's."""
    best = [entry for entry in entries if isinstance(entry.contender, Hub)][-1]
    for entry in entries:
        summary = summarise(entry.samples)
        yield {
            "what": entry.contender.name,
            "processes": entry.processes,
            "items": entry.items,
            "items/s": summary.rate,
            "slowest": summary.slowest,
            "fastest": summary.fastest,
            "hub is": paired_ratio(best.samples, entry.samples),
            "client us": summary.client_us,
            "server us": summary.server_us,
        }
