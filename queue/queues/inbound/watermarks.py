"""How far a remote system has been read: moved page by page, so that the next run goes on from there."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F

from integrations.models import ClientIntegration
from queues.inbound.configuration import Pull
from queues.inbound.marks import Mark, furthest, text_of
from queues.models import PullWatermark


class Overtaken(Exception):  # noqa: N818  (nothing has gone wrong)
    """Another run has moved the watermark meanwhile, and goes on from there."""


@dataclass(slots=True)
class Position:
    """Where a run is. Written with every page; `moves` is what the row has to say for that."""

    client_integration_id: int
    made_as: str
    moves: int
    value: str = ""
    reached: str = ""
    cursor: str = ""

    def mark(self, pull: Pull) -> str:
        """The mark from which on this sweep reads, as it is sent; empty for all there is."""
        if self.value:
            return text_of(json.loads(self.value))
        initial = pull.watermark.initial if pull.watermark else None
        return "" if initial is None else text_of(initial)


def find(activation: ClientIntegration, pull: Pull) -> Position:
    """Where the last run has left off; the beginning, when configuration or activation are others by now."""
    held, _ = PullWatermark.objects.get_or_create(client_integration=activation)
    made_as = f"{pull.signature[:48]}-{activation.activation_no}"
    if held.made_as != made_as:
        return Position(activation.pk, made_as, held.moves)
    return Position(activation.pk, made_as, held.moves, held.value, held.reached, held.cursor)


def advance(position: Position, *, marks: Iterable[Mark], cursor: str, now: datetime) -> None:
    """Moves on to the next page, or ends the sweep when there is none. Raises Overtaken."""
    reached = furthest(position.reached or position.value, marks)
    if cursor:
        position.reached = reached
    else:
        position.value, position.reached = reached, ""
    position.cursor = cursor
    _write(position, now)


def start_over(position: Position, now: datetime) -> None:
    """Gives up the sweep under way: the next one starts from the watermark again. Raises Overtaken."""
    position.reached = position.cursor = ""
    _write(position, now)


def _write(position: Position, now: datetime) -> None:
    present = PullWatermark.objects.filter(
        client_integration=position.client_integration_id, moves=position.moves
    )
    moved = present.update(
        value=position.value,
        reached=position.reached,
        cursor=position.cursor,
        made_as=position.made_as,
        moves=F("moves") + 1,
        moved_on=now,
    )
    if not moved:
        raise Overtaken
    position.moves += 1
