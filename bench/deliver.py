"""`hub_bench deliver`: one POST for every item to a receiver on this machine, beside other queues."""

import time
from collections.abc import Sequence

from django.core.management import CommandError
from django.utils import timezone

from bench import world
from bench.contenders import Bare, Hub
from bench.engine import RIVALS_SHARE, Entry, Say, admit, describe, run_rounds
from bench.place import Place, open_place, require
from bench.rivals.celery_queue import CeleryQueue
from bench.rivals.django_q_queue import DjangoQ
from bench.rivals.procrastinate_queue import Procrastinate
from bench.tables import Report
from integrationhub.wire.transport import AddressGuard, Failure, Request, Transport

PATH = "/payments"


def bench_deliver(*, items: int, processes: Sequence[int], rounds: int, rivals: bool, say: Say) -> Report:
    """The place's database is PostgreSQL's; everything started is stopped at the end."""
    require("postgresql")
    with open_place() as place:
        base_url, now = start_receiver(place), timezone.now()
        url = base_url + PATH
        activations = world.make_world("http.send", {"path": PATH}, now=now, base_url=base_url)
        say(f"storing {items} records")
        world.store_records(activations, items, now=now)
        entries = [
            *(Entry(Bare(activations), count, items) for count in processes),
            *(Entry(Hub("hub", activations), count, items) for count in processes),
        ]
        report = Report(
            f"One POST for each item, {world.BATCH_SIZE} in flight a client, {rounds} rounds in turns"
        )
        if rivals:
            others = (DjangoQ(url), CeleryQueue(url), Procrastinate(url))
            entries += admit(others, items // RIVALS_SHARE, report)
        alone = send_alone(url, items)
        say(f"receiver and transport without a queue: {alone:,.0f}/s")
        run_rounds(place, entries, rounds=rounds, say=say)
        report.rows = list(describe(entries))
        report.notes.append(f"The receiver took {alone:,.0f} requests/s from the transport alone.")
        return report


def start_receiver(place: Place) -> str:
    """Its base URL."""
    receiver = place.python("-m", "bench.receiver")
    assert receiver.stdout is not None  # noqa: S101  (places give every process a pipe)
    port = receiver.stdout.readline().strip()
    if not port:
        raise CommandError(f"The receiver did not start.\n{place.complaints()}")
    return f"http://127.0.0.1:{port}"


def send_alone(url: str, count: int) -> float:
    """Requests a second through the hub's transport and nothing else, BATCH_SIZE in flight."""
    transport: Transport[int] = Transport(AddressGuard(["127.0.0.0/8"]))
    began, sent, answered = time.monotonic(), 0, 0
    try:
        while answered < count:
            while sent < min(count, answered + world.BATCH_SIZE):
                headers = (("Idempotency-Key", str(sent)),)  # without one, no connection is used twice
                transport.submit(sent, Request("POST", url, headers, b"{}", 30.0))
                sent += 1
            for _, answer in transport.poll(1.0):
                if isinstance(answer, Failure):
                    raise CommandError(f"The receiver failed: {answer.message}")
                answered += 1
    finally:
        transport.close()
    return count / (time.monotonic() - began)
