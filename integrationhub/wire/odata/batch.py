"""$batch: many requests in one, each answered as if it had come alone.

A part that fails stops neither those before nor those after it, unless the caller prefers
`continue-on-error=false`; a group of parts is one transaction. Parts run one after the other, as the caller
of the batch, under the root of the batch.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import groupby

import structlog
from django.db import transaction
from django.http import HttpResponse
from django.utils.datastructures import CaseInsensitiveMapping

from . import batch_json, batch_multipart, media_types, payloads
from .batch_multipart import MULTIPART
from .batch_parts import Part, Result
from .batch_references import References
from .errors import ODataError
from .exchange import Exchange, parse_options
from .negotiation import JSON
from .part_urls import split

Dispatch = Callable[[Exchange], HttpResponse]

# What a part takes over from the batch, where it does not say otherwise.
_INHERITED = ("OData-Version", "OData-MaxVersion", "OData-MinVersion")

logger = structlog.get_logger(__name__)


def answer(exchange: Exchange, dispatch: Dispatch) -> HttpResponse:
    """Raises ODataError where the batch itself cannot be read."""
    content_type = exchange.headers.get("Content-Type", "")
    kind = media_types.parse(content_type)
    name = kind.name if kind else ""
    if name not in (JSON, MULTIPART):
        raise ODataError(415, "", f"A batch is {MULTIPART} or {JSON}.", "Content-Type")
    is_json = name == JSON
    parts = batch_json.read(exchange.body) if is_json else batch_multipart.read(content_type, exchange.body)
    most = exchange.service.limits.batch_parts
    if len(parts) > most:
        raise ODataError(400, "", f"A batch has at most {most} parts; this one has {len(parts)}.")
    results = list(_Batch(exchange, dispatch).run(parts))
    return _written(results, as_json=is_json and not _wants_multipart(exchange))


def _written(results: list[Result], *, as_json: bool) -> HttpResponse:
    return batch_json.write(results) if as_json else batch_multipart.write(results)


def _wants_multipart(exchange: Exchange) -> bool:
    ranges = media_types.parse_accept(exchange.headers.get("Accept", ""))
    return bool(ranges) and all(each.name == MULTIPART for each in ranges)


def _units(parts: list[Part]) -> Iterator[list[Part]]:
    """What happens as a whole or not at all: a group, or a part that is in none."""
    for group, members in groupby(parts, lambda part: part.group):
        unit = list(members)
        yield from [unit] if group else [[part] for part in unit]


class _Batch:
    def __init__(self, exchange: Exchange, dispatch: Dispatch) -> None:
        self.exchange = exchange
        self.dispatch = dispatch
        self.references = References(exchange.root)
        self.goes_on = exchange.preferences.get("continue-on-error", "true").lower() != "false"

    def run(self, parts: list[Part]) -> Iterator[Result]:
        for unit in _units(parts):
            results = self._run_group(unit) if unit[0].group else [self._run(unit[0])]
            for result in results:
                self.references.note(result)
            yield from results
            if not self.goes_on and any(result.failed for result in results):
                return

    def _run_group(self, parts: list[Part]) -> list[Result]:
        results: list[Result] = []
        with transaction.atomic():
            for part in parts:
                results.append(self._run(part))
                self.references.note(results[-1])
                if results[-1].failed:
                    transaction.set_rollback(True)
                    break
        last = results[-1]
        return (
            [last if part is last.part else self._undone(part) for part in parts] if last.failed else results
        )

    def _undone(self, part: Part) -> Result:
        error = ODataError(424, "", "Another request of its group failed; nothing of the group was done.")
        return Result(part, self._refusal(error), rolled_back=True)

    def _run(self, part: Part) -> Result:
        try:
            request = self._request(part)
        except ODataError as error:
            return Result(part, self._refusal(error))
        return Result(part, self._answer(request))

    def _answer(self, request: Exchange) -> HttpResponse:
        try:
            return self.dispatch(request)
        except Exception:
            # The other parts of the batch are still to be answered.
            logger.exception("batch_part_failed", path=request.path)
            failure = ODataError(500, "", "The service failed on this request. It has been logged.")
            return self._refusal(failure)

    def _refusal(self, error: ODataError) -> HttpResponse:
        response = payloads.error(self.exchange, error)
        response.headers["OData-Version"] = str(self.exchange.version)
        return response

    def _request(self, part: Part) -> Exchange:
        """Raises ODataError for a part that cannot be tried."""
        if part.fault is not None:
            raise part.fault
        self.references.check(part)
        path, query = split(self.references.resolve(part.url), self.exchange.root, part.headers)
        if path.strip("/").lower().startswith("$batch"):
            raise ODataError(400, "", "A batch holds no batch.")
        inherited = {
            name: self.exchange.headers[name] for name in _INHERITED if name in self.exchange.headers
        }
        return replace(
            self.exchange,
            method=part.method,
            path=path,
            options=parse_options(query),
            headers=CaseInsensitiveMapping({**inherited, **part.headers}),
            body=self.references.resolve_bindings(part.body),
        )
