"""`hub_bench odata`: reading the queue by OData, beside a plain view on the same table, both of many rows."""

import time
from itertools import islice
from random import Random
from statistics import median

from django.utils import timezone

from bench import cpu, multiplying, noop, odata_requests, world
from bench.engine import Say
from bench.odata_reader import Reader, Reading
from bench.place import open_place, require
from bench.records import Target, start_web
from bench.tables import Report
from integrationhub.wire.odata import csdl_xml
from integrationhub.wire.odata.binding import Binder
from integrationhub.wire.odata.members import Names
from integrationhub.wire.odata.parsing import parse
from integrations.models import ClientIntegration
from queues.api.odata.service import SERVICE

_PAGES = 100
_LAST_PAGES = 20
_LARGE_PAGES = 20
_MIXED = 700
_PARSED = 200


def bench_odata(*, rows: int, rounds: int, say: Say) -> Report:
    require("postgresql")
    noop.register()
    report = Report(f"Reading the queue by OData, {rows:,} items in it, {rounds} rounds in turns")
    with open_place() as place:
        (row,) = world.make_world(noop.NAME, {}, now=timezone.now(), clients=1)
        _fill(row, rows)
        say(f"{rows:,} items")
        target = start_web(place, row.client, DJANGO_SETTINGS_MODULE="bench.plain_settings")
        reader = Reader(target)
        _measure_page(reader, report, rounds=rounds, say=say)
        _measure_links(reader, report, rows=rows, say=say)
        _measure_mix(reader, report, rows=rows, say=say)
        report.notes.append(_weigh(target))
    report.notes += [_time_filter(), _time_metadata()]
    return report


def _fill(row: ClientIntegration, rows: int) -> None:
    """Items that were all delivered, and a tenth as many records that arrived at the same moment."""
    now = timezone.now()
    world.store_records([row], 1, now=now)
    multiplying.copy_record(row, range(1, rows // 10 + 1), now=now)
    multiplying.deliver_copies(row, range(1, rows + 1), now=now)
    multiplying.vacuum()


def _measure_page(reader: Reader, report: Report, *, rounds: int, say: Say) -> None:
    """The same page by OData and by the plain view, in turns."""
    addresses = {"a page of 100": odata_requests.page(), "the same, plain": odata_requests.plain_page()}
    readings = {what: Reading() for what in addresses}
    ratios = []
    for number in range(rounds + 1):  # the first one warms up
        medians = []
        for what, address in addresses.items():
            into = readings[what] if number else Reading()
            medians.append(median(reader.read([address] * _PAGES, into).waits[-_PAGES:]))
        say(f"round {number}: OData takes {medians[0] / medians[1]:.2f} of the plain view's time")
        ratios += [medians[0] / medians[1]] if number else []
    report.rows += [reading.describe(what) for what, reading in readings.items()]
    ours, plain = readings.values()
    report.notes.append(
        f"A page by OData takes {median(ratios):.2f} of the plain view's time "
        f"and {ours.cpu / plain.cpu:.2f} of its CPU."
    )


def _measure_links(reader: Reader, report: Report, *, rows: int, say: Say) -> None:
    """The first pages and the last ones, each by the link of the page before."""
    for what, (listed, total) in odata_requests.orders(rows).items():
        skips = (0, max(0, total - _LAST_PAGES * odata_requests.PAGE))
        first, last = (
            reader.follow(odata_requests.address(*listed, skip=skip), _LAST_PAGES)[1:] for skip in skips
        )
        early, late = reader.read(first * 2), reader.read(last * 2)
        report.rows += [early.describe(f"{what}: first pages"), late.describe(f"{what}: last pages")]
        say(f"{what}: a last page takes {late.middle / early.middle:.2f} of a first one's time")


def _measure_mix(reader: Reader, report: Report, *, rows: int, say: Say) -> None:
    random = Random(7)  # noqa: S311
    asked = {
        "a mix of requests": odata_requests.mix(rows, random),
        "nonsense": odata_requests.nonsense(random),
    }
    for what, addresses in asked.items():
        reading = reader.read(islice(addresses, _MIXED))
        report.rows.append(reading.describe(what))
        statuses = ", ".join(f"{count} x {status}" for status, count in sorted(reading.statuses.items()))
        report.notes.append(f"Answers to {what}: {statuses}.")
        say(report.notes[-1])


def _weigh(target: Target) -> str:
    """What the largest pages do to the memory of the web server."""
    reader, sizes = Reader(target, page=1000), []
    for _ in range(2):
        reader.read([odata_requests.large_page()] * _LARGE_PAGES)
        sizes.append(cpu.megabytes_held(target.pid))
    return (
        f"Pages of 1,000 whole items: a web worker holds {sizes[0]:.0f} MB after {_LARGE_PAGES} of them, "
        f"{sizes[1]:.0f} MB after twice as many."
    )


def _time_filter() -> str:
    """In this process: from the text to the tree, and on to its types."""
    text, limits = odata_requests.long_filter(), SERVICE.limits
    items = SERVICE.named("IntegrationQueues")
    parsing, binding = [], []
    for _ in range(_PARSED):
        began = time.process_time()
        syntax = parse(text, limits)
        parsed = time.process_time()
        Binder.of(Names(SERVICE), items, {}).condition(syntax)
        parsing.append(1000 * (parsed - began))
        binding.append(1000 * (time.process_time() - parsed))
    return (
        f"A filter of {len(text):,} characters: parsed in {median(parsing):.2f} ms, "
        f"bound to names and types in {median(binding):.2f} ms."
    )


def _time_metadata() -> str:
    began = time.process_time()
    document = csdl_xml.document(SERVICE)
    spent = 1000 * (time.process_time() - began)
    return f"$metadata, {len(document):,} bytes: made once, in {spent:.0f} ms."
