"""`hub_bench scan`: finding what is due, in a source of the same database."""

import time
from collections.abc import Iterator
from statistics import median

from django.utils import timezone

from bench import multiplying, noop, world
from bench.engine import Say
from bench.place import open_place, require
from bench.tables import Report
from integrations.models import ClientIntegration

REPEATS = 20


def bench_scan(*, records: int, unchanged: int, rounds: int, say: Say) -> Report:
    require("postgresql")
    noop.register()
    with open_place():
        (row,) = world.make_world(noop.NAME, {}, now=timezone.now(), clients=1)
        world.store_records([row], 1, now=timezone.now())
        say(f"copying a record {records} times")
        multiplying.copy_record(row, range(1, records + 1), now=timezone.now())
        multiplying.vacuum()
        report = Report("Scans of a source in the same database")
        report.rows.append(
            _describe("all rows due", records + 1, list(_scan_afresh(row, rounds, say)), due=True)
        )
        say(f"going on to {unchanged} records that were all delivered")
        _deliver_all(row, unchanged, records)
        known = _known_to_all(row)
        report.rows.append(
            _describe("nothing changed, the watermark applies", max(records, unchanged) + 1, known, due=False)
        )
        return report


def _scan_afresh(row: ClientIntegration, rounds: int, say: Say) -> Iterator[float]:
    for number in range(1, rounds + 1):
        began = time.monotonic()
        queued = world.fill_queue([row], now=timezone.now())
        seconds = time.monotonic() - began
        say(f"round {number}: {queued / seconds:,.0f} rows/s")
        yield seconds


def _deliver_all(row: ClientIntegration, unchanged: int, records: int) -> None:
    world.empty_ledger()
    if unchanged > records:
        multiplying.copy_record(row, range(records + 1, unchanged + 1), now=timezone.now())
    multiplying.deliver_copies(row, range(1, max(records, unchanged) + 1), now=timezone.now())
    multiplying.vacuum()


def _known_to_all(row: ClientIntegration) -> list[float]:
    """One scan to set the watermark, then those that are measured."""
    seconds = []
    for _ in range(REPEATS + 1):
        row.refresh_from_db()
        began = time.monotonic()
        world.scan(row, now=timezone.now())
        seconds.append(time.monotonic() - began)
    return seconds[1:]


def _describe(what: str, rows: int, seconds: list[float], *, due: bool) -> dict[str, object]:
    return {
        "what": what,
        "records": rows,
        "scans": len(seconds),
        "ms a scan": 1000 * median(seconds),
        "slowest ms": 1000 * max(seconds),
        "rows/s": rows / median(seconds) if due else None,
    }
