"""What was pulled, kept until it is stored as records: one payload for each item of the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from integrations.sources import SourceRow
from queues.enqueue import Opening, open_items
from queues.inbound.marks import moment_of
from queues.inbound.pages import Item
from queues.models import InboundPayload, IntegrationQueue
from queues.plans import Plan

_LEAST_STEP = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class _Held:
    version: datetime
    digest: str | None


def keep(items: Sequence[Item], opening: Opening) -> int:
    """Stores the payloads that are new or changed and opens their rows; the others move nothing.

    Returns how many became due. Must be called in a transaction.
    """
    held = _held(items, opening)
    changed = [item for item in items if item.key not in held or held[item.key].digest != item.digest]
    changed.sort(key=lambda item: item.key)
    due = open_items(
        [(item.key, item.name, _version(item, held.get(item.key), opening.now)) for item in changed], opening
    )
    _store(changed, opening)
    return due


def read(wanted: Sequence[tuple[Plan, Sequence[str]]]) -> dict[tuple[int, str], SourceRow]:
    """The payloads of these items, by ClientIntegration id and item id; those that are gone are missing."""
    return {
        (plan.activation.pk, item_id): row
        for plan, item_ids in wanted
        for item_id, row in _read_of(plan, item_ids).items()
    }


def _read_of(plan: Plan, item_ids: Sequence[str]) -> dict[str, SourceRow]:
    found = InboundPayload.objects.filter(
        item__client_integration=plan.activation, item__item_id__in=item_ids
    ).select_related("item")
    return {
        each.item.item_id: SourceRow(
            each.item.item_id,
            each.item.item_name,
            each.item.item_updated_on,
            plan.compiled.schema,
            {"body": each.body, "digest": each.digest, "refusal": each.refusal},
        )
        for each in found
    }


def _held(items: Sequence[Item], opening: Opening) -> dict[str, _Held]:
    rows = _rows(items, opening).values_list("item_id", "item_updated_on", "payload__digest")
    return {item_id: _Held(version, digest) for item_id, version, digest in rows}


def _rows(items: Sequence[Item], opening: Opening) -> QuerySet[IntegrationQueue]:
    return IntegrationQueue.objects.filter(
        client_integration=opening.activation.pk, item_id__in=[item.key for item in items]
    )


def _version(item: Item, held: _Held | None, now: datetime) -> datetime:
    """When the item changed: as the remote system says, unless that is no later than what is held.

    What it said last counts, whatever its clock, so that a changed item always has a later version.
    """
    moment = moment_of(item.mark)
    if held is None:
        return moment or now
    candidates = (moment, now, held.version + _LEAST_STEP)
    return next(each for each in candidates if each is not None and each > held.version)


def _store(items: Sequence[Item], opening: Opening) -> None:
    rows = dict(_rows(items, opening).values_list("item_id", "pk"))
    InboundPayload.objects.bulk_create(
        [
            InboundPayload(
                item_id=rows[item.key],
                body=item.body,
                digest=item.digest,
                refusal=item.refusal,
                pulled_on=opening.now,
            )
            for item in items
        ],
        update_conflicts=True,
        unique_fields=["item"],
        update_fields=["body", "digest", "refusal", "pulled_on"],
    )
