"""`hub_bench history`: what a million finished items cost those that are worked off now."""

from django.utils import timezone

from bench import noop, world
from bench.contenders import Hub
from bench.engine import Entry, Say, run_rounds
from bench.place import open_place, require
from bench.summaries import summarise
from bench.tables import Report


def bench_history(*, items: int, finished: int, rounds: int, say: Say) -> Report:
    require("postgresql")
    noop.register()
    with open_place() as place:
        now = timezone.now()
        activations = world.make_world(noop.NAME, {}, now=now)
        world.store_records(activations, items, now=now)
        entries = [
            Entry(Hub("no finished items", activations), 1, items),
            Entry(Hub(f"{finished:,} finished items", activations, finished), 1, items),
        ]
        run_rounds(place, entries, rounds=rounds, say=say)
        report = Report(f"No-op items beside finished ones, one process, {rounds} rounds in turns")
        report.rows = [_describe(entry) for entry in entries]
        return report


def _describe(entry: Entry) -> dict[str, object]:
    summary = summarise(entry.samples)
    return {
        "what": entry.contender.name,
        "items": summary.items,
        "items/s": summary.rate,
        "client us": summary.client_us,
        "server us": summary.server_us,
    }
