"""The action `http.pull`: an item that was pulled is mapped, checked and stored as a record."""

import json
from collections.abc import Mapping
from datetime import datetime
from functools import partial

from django.db import transaction

from integrationhub.wire.transport import Failure, Response
from integrations import canonical, filters, records
from integrations.canonical import InvalidRecord
from integrations.errors import Refused
from integrations.models import Record
from integrations.records import InvalidRecords, Stored
from queues import clock, redaction
from queues.handlers import Prepared, Work
from queues.inbound import configuration
from queues.mapping import MappingError, is_blank, search
from queues.outcomes import Done, Exchange, Outcome, Permanent, Retry

LEFT_OUT = "Left out: it does not match the filter."
_TOLD = {
    Stored(created=1): "Created.",
    Stored(updated=1): "Updated.",
    Stored(unchanged=1): "Held already.",
    Stored(stale=1): "Older than the record that is held, which stays.",
}


class HttpPull:
    def check(self, configuration_: Mapping[str, object]) -> None:
        configuration.read(configuration_)

    def prepare(self, work: Work) -> Prepared | Outcome:
        payload = work.row.data
        if payload["refusal"]:
            return Permanent(payload["refusal"])
        return Prepared(payload["digest"], call=partial(_execute, work))

    def conclude(self, work: Work, prepared: Prepared, answer: Response | Failure, now: datetime) -> Outcome:
        raise TypeError("Items that were pulled are stored here; no request is made for one.")


def _execute(work: Work) -> Outcome:
    exchange = Exchange(request=redaction.body(work.row.data["body"].encode()))
    try:
        return Done(_store(work), exchange=exchange)
    except InvalidRecords as error:
        return Permanent(" ".join(message for _, _, message in error.errors), exchange=exchange)
    except (MappingError, InvalidRecord) as error:
        return Permanent(str(error), exchange=exchange)
    except Refused as error:
        return Retry(error.message, exchange=exchange)


def _store(work: Work) -> str:
    integration, now = work.terms.activation.integration, clock.database_now()
    record = _mapped(work)
    if integration.filter and not _matches(work, record, now):
        return LEFT_OUT
    with transaction.atomic():
        if not work.with_blanks:
            record = _filled(work, record)
        stored = records.store(
            work.terms.activation.client, integration.entity, [record], now=now, origin=integration.system
        )
    return _TOLD[stored]


def _filled(work: Work, record: object) -> object:
    """What comes in blank is what is held."""
    entity = work.terms.activation.integration.entity
    given = canonical.canonicalize(entity, record)
    rows = Record.objects.for_client(work.terms.activation.client).filter(
        entity=entity, item_id=given.item_id
    )
    row = rows.select_for_update(of=("self",)).first()
    held = row.data if row else {}
    return {name: held.get(name, value) if is_blank(value) else value for name, value in given.data.items()}


def _mapped(work: Work) -> object:
    mapping = work.terms.configuration.get("mapping")
    value = json.loads(work.row.data["body"])
    return value if mapping is None else search(str(mapping), value)


def _matches(work: Work, record: object, now: datetime) -> bool:
    integration = work.terms.activation.integration
    row = canonical.canonicalize(integration.entity, record)
    return filters.compiled(integration).matches(canonical.typed(work.row.schema, row.data), now)
