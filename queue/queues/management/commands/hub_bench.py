"""How fast the hub is on this machine."""

import argparse
from typing import Any

from django.core.management import BaseCommand, CommandParser

from bench.admin import bench_admin
from bench.channels import bench_channels
from bench.deliver import bench_deliver
from bench.engine import bench_engine
from bench.history import bench_history
from bench.latency import bench_latency
from bench.odata import bench_odata
from bench.records import bench_records
from bench.scan import bench_scan
from bench.sqlite import bench_sqlite
from queues.management.commands.hub_run import interruptible


class Command(BaseCommand):
    help = "Measure the hub in a database of its own, which is dropped at the end. See docs/performance.md."

    def add_arguments(self, parser: CommandParser) -> None:
        parts = parser.add_subparsers(dest="part", required=True, metavar="PART")
        engine = parts.add_parser("engine", help="no-op items, beside other queues (PostgreSQL)")
        engine.set_defaults(bench=bench_engine, takes=("items", "processes", "rounds", "rivals"))
        deliver = parts.add_parser("deliver", help="one POST for each item, beside other queues (PostgreSQL)")
        deliver.set_defaults(bench=bench_deliver, takes=("items", "processes", "rounds", "rivals"))
        for part in (engine, deliver):
            part.add_argument("--processes", type=read_counts, default=[1, 2], metavar="1,2")
            part.add_argument("--no-rivals", dest="rivals", action="store_false", help="the hub alone")
        scan = parts.add_parser("scan", help="finding what is due (PostgreSQL)")
        scan.add_argument("--records", type=read_count, default=100_000, help="that are all due")
        scan.add_argument("--unchanged", type=read_count, default=1_000_000, help="that were delivered")
        scan.set_defaults(bench=bench_scan, takes=("records", "unchanged", "rounds"))
        history = parts.add_parser("history", help="with and without finished items (PostgreSQL)")
        history.add_argument("--finished", type=read_count, default=1_000_000)
        history.set_defaults(bench=bench_history, takes=("items", "finished", "rounds"))
        latency = parts.add_parser("latency", help="from due to started in an idle hub")
        latency.set_defaults(bench=bench_latency, takes=("items",))
        records = parts.add_parser("records", help="rows upserted through the API")
        records.add_argument("--records", type=read_count, default=1_000_000)
        records.set_defaults(bench=bench_records, takes=("records",))
        sqlite = parts.add_parser("sqlite", help="with web and cluster running (SQLite)")
        sqlite.set_defaults(bench=bench_sqlite, takes=("items", "rounds"))
        pages = parts.add_parser("admin", help="pages of the back office (PostgreSQL)")
        pages.add_argument("--finished", type=read_count, default=1_000_000)
        pages.set_defaults(bench=bench_admin, takes=("finished", "rounds"))
        hooks = parts.add_parser("channels", help="hooks accepted, beside a bare view (PostgreSQL)")
        hooks.set_defaults(bench=bench_channels, takes=("items", "rounds"))
        hooks.add_argument("--items", type=read_count, default=3_000)
        odata = parts.add_parser("odata", help="the queue read by OData, beside a plain view (PostgreSQL)")
        odata.add_argument("--rows", type=read_count, default=1_000_000, help="of the queue")
        odata.set_defaults(bench=bench_odata, takes=("rows", "rounds"))
        for part in (engine, deliver, history, sqlite):
            part.add_argument("--items", type=read_count, default=20_000)
        latency.add_argument("--items", type=read_count, default=40)
        for part in (engine, deliver, scan, history, sqlite, hooks, pages, odata):
            part.add_argument("--rounds", type=read_count, default=3)
        for part in parts.choices.values():
            part.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        chosen = {name: options[name] for name in options["takes"]}
        with interruptible():
            report = options["bench"](**chosen, say=self._say)
        self.stdout.write(report.as_json() if options["json"] else report.as_text())

    def _say(self, line: str) -> None:
        self.stderr.write(line)


def read_count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not int(text[:9]) > 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 on")
    return int(text)


def read_counts(text: str) -> list[int]:
    return [read_count(part) for part in text.split(",")]
