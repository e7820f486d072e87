"""The demo ERP: a small bookkeeping system that is delivered to over real HTTP and fails on purpose.

    python -m demo.erp --port 8001 --data-dir var

`POST` or `PUT` to `/rates`, `/payments`, `/payment-status` or `/entities/<Entity>`, with an id behind or not,
takes a JSON object under an `Idempotency-Key`: 201 for a new key, 200 for the same once more, 409 for a known
key with another payload, 422 where a rule of bookkeeping forbids the item. What was accepted is on disk.
`GET /feed/<Entity>?updated_since=&page=&limit=` tells what has been booked, the oldest first.
`GET /_stats`, `GET /_keys?entity=E` and `POST /_reset` are for whoever watches.
"""

import argparse
import asyncio
import hmac
import json
import logging
import os
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from demo.faults import Fault, Faults
from demo.feed import describe_item, find_entity, read_page
from demo.group_commit import GroupCommit
from demo.http1 import Answer, HttpError, Request, json_answer
from demo.intake import METHODS, Place, find_place, read_key, read_payload
from demo.ledger import Delivery, Ledger, Verdict
from demo.rules import refuse
from demo.serving import HOST, Connections

DATABASE_NAME = "erp.sqlite3"
DEFAULT_DATA_DIR = Path(__file__).resolve().parent.parent / "var"
DEFAULT_HUB_PORT = "8000"
HIGHEST_PORT = 65535
SLOW_SECONDS = 0.3
# What came in a moment ago may reach the disk after what came in later: the feed waits for both.
FEED_DELAY = timedelta(seconds=2)

TURNED_AWAY = {
    Fault.BUSY: json_answer(503, {"error": "the ERP is busy closing a period"}),
    Fault.THROTTLED: json_answer(429, {"error": "too many calls"}, {"Retry-After": "1"}),
}


class Erp:
    """Answers requests. Without `faults` it is calm: no failure on purpose and no rule of bookkeeping."""

    def __init__(self, ledger: GroupCommit, *, faults: Faults | None, bearer: str | None) -> None:
        self._ledger = ledger
        self._faults = faults
        self._bearer = bearer
        self._watching = {
            "/_stats": ("GET", self._show_stats),
            "/_keys": ("GET", self._show_keys),
            "/_reset": ("POST", self._reset),
        }

    async def answer(self, request: Request) -> Answer | None:
        """None cuts the line. Raises HttpError for a request that cannot be served."""
        if request.head.path in self._watching:
            method, show = self._watching[request.head.path]
            _check_method(request, (method,))
            return await show(request)
        if entity := find_entity(request.head.path):
            return await self._show_feed(request, entity)
        place = find_place(request.head.path)
        self._ledger.calls += 1
        return await self._take(request, place)

    async def _take(self, request: Request, place: Place) -> Answer | None:
        self._authenticate(request)
        _check_method(request, METHODS)
        key, payload = read_key(request), read_payload(request.body)
        now = datetime.now(UTC).isoformat()
        delivery = Delivery(key, place.entity, place.resource, request.body, now)
        if self._faults is None:
            return await self._store(delivery)
        if refusal := refuse(place.entity, payload):
            return json_answer(422, {"error": refusal.reason, "rule": refusal.rule})
        return await self._meet(self._faults.strike(key), delivery)

    async def _meet(self, fault: Fault | None, delivery: Delivery) -> Answer | None:
        if fault in TURNED_AWAY:
            return TURNED_AWAY[fault]
        if fault is Fault.CUT:
            return None
        if fault is Fault.CUT_AFTER_STORING:
            await self._ledger.record(replace(delivery, answered=False))
            return None
        if fault is Fault.SLOW:
            await asyncio.sleep(SLOW_SECONDS)
        return await self._store(delivery)

    async def _store(self, delivery: Delivery) -> Answer:
        verdict = await self._ledger.record(delivery)
        if verdict is Verdict.CONFLICT:
            raise HttpError(409, f"the key {delivery.key} came before, with another payload")
        return json_answer(201 if verdict is Verdict.STORED else 200, {"status": verdict.value})

    def _authenticate(self, request: Request) -> None:
        if self._bearer is None:
            return
        scheme, _, token = request.head.headers.get("authorization", "").partition(" ")
        known = hmac.compare_digest(token.strip().encode(), self._bearer.encode())
        if scheme.lower() != "bearer" or not known:
            raise HttpError(401, "a bearer token is needed", {"WWW-Authenticate": "Bearer"})

    async def _show_feed(self, request: Request, entity: str) -> Answer:
        self._authenticate(request)
        _check_method(request, ("GET",))
        page = read_page(entity, request.head.query)
        until = (datetime.now(UTC) - FEED_DELAY).isoformat()
        rows = await self._ledger.list_page(page, until=until)
        return json_answer(200, {"page": page.number, "items": [describe_item(*row) for row in rows]})

    async def _show_stats(self, _: Request) -> Answer:
        return json_answer(200, {"pid": os.getpid(), **await self._ledger.count()})

    async def _show_keys(self, request: Request) -> Answer:
        if not (entity := request.head.query.get("entity")):
            raise HttpError(400, "entity is missing: /_keys?entity=Payment")
        return Answer(200, self._write_keys(entity))

    async def _write_keys(self, entity: str) -> AsyncIterator[bytes]:
        opening, last = "[", ""
        while page := await self._ledger.list_keys(entity, after=last):
            yield (opening + json.dumps(page)[1:-1]).encode()
            opening, last = ", ", page[-1]
        yield b"]" if last else b"[]"

    async def _reset(self, _: Request) -> Answer:
        await self._ledger.reset()
        if self._faults is not None:
            self._faults.forget()
        return json_answer(200, {"status": "reset"})


def _check_method(request: Request, allowed: Sequence[str]) -> None:
    if request.head.method not in allowed:
        methods = ", ".join(allowed)
        raise HttpError(405, f"{request.head.method} is not possible here, {methods} is", {"Allow": methods})


async def run(options: argparse.Namespace) -> None:
    """Serve until SIGTERM or SIGINT; what has come in by then is answered."""
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    options.data_dir.mkdir(parents=True, exist_ok=True)
    ledger = GroupCommit(Ledger(options.data_dir / DATABASE_NAME))
    try:
        faults = None if options.calm else Faults(options.seed)
        await _serve(Erp(ledger, faults=faults, bearer=options.bearer), options, until=stopping)
    finally:
        await ledger.close()


async def _serve(erp: Erp, options: argparse.Namespace, *, until: asyncio.Event) -> None:
    connections = Connections(erp.answer)
    server = await connections.listen(options.port)
    port = server.sockets[0].getsockname()[1]
    print(f"demo ERP on http://{HOST}:{port}, data in {options.data_dir}", flush=True)
    await until.wait()
    server.close()
    await connections.finish()


def read_options(arguments: Sequence[str] | None, environment: Mapping[str, str]) -> argparse.Namespace:
    """Flags first, then `ERP_PORT` (or the port after `PORT`), `HUB_DATA_DIR` and `ERP_BEARER`."""
    parser = argparse.ArgumentParser(prog="python -m demo.erp", description="An ERP that fails on purpose.")
    parser.add_argument("--port", type=read_port, help="0 chooses a free one")
    parser.add_argument("--data-dir", type=Path, default=environment.get("HUB_DATA_DIR", DEFAULT_DATA_DIR))
    parser.add_argument("--seed", type=int, default=1, help="which keys meet a failure")
    parser.add_argument("--calm", action="store_true", help="no failure on purpose, no item refused")
    parser.add_argument(
        "--bearer",
        metavar="TOKEN",
        default=environment.get("ERP_BEARER"),
        help="ask for this token, 401 without it; the environment keeps it out of process lists",
    )
    options = parser.parse_args(arguments)
    if options.port is None:
        try:
            options.port = _default_port(environment)
        except argparse.ArgumentTypeError as error:
            parser.error(f"ERP_PORT, PORT: {error}")
    return options


def read_port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text[:6]) > HIGHEST_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port from 0 to {HIGHEST_PORT}")
    return int(text)


def _default_port(environment: Mapping[str, str]) -> int:
    if "ERP_PORT" in environment:
        return read_port(environment["ERP_PORT"])
    return read_port(str(read_port(environment.get("PORT", DEFAULT_HUB_PORT)) + 1))


def main() -> None:
    logging.basicConfig(format="%(asctime)s %(name)s %(levelname)s %(message)s")
    options = read_options(None, os.environ)
    try:
        asyncio.run(run(options))
    except (OSError, sqlite3.Error) as error:
        sys.exit(f"the demo ERP cannot run on port {options.port} with data in {options.data_dir}: {error}")


if __name__ == "__main__":
    main()
