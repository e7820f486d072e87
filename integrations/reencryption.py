"""Giving all stored secrets the newest key, while the hub works with them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db import transaction
from django.db.models import Model, QuerySet, TextField, Value
from django.db.models.functions import Cast

from integrations.encryption import EncryptedTextField, WrongKeyError, decrypt, encrypt, is_current

CHUNK = 500

# What else is derived from the keys. Called after the secrets, and safe to repeat.
followers: list[Callable[[], None]] = []


@dataclass(slots=True)
class Progress:
    """`changed` were given the newest key; `unreadable` are the keys of rows that open with none."""

    column: str
    seen: int = 0
    changed: int = 0
    unreadable: list[Any] = field(default_factory=list)


def reencrypt(report: Callable[[Progress], None]) -> list[Progress]:
    """Every encrypted column of every model, chunk by chunk; `report` is told after each chunk.

    A secret that somebody else changes meanwhile is theirs. Safe to repeat, and to be cut off anywhere: what
    has the newest key already is left alone.
    """
    done = [_reencrypt_column(model, column, report) for model, column in encrypted_columns()]
    for follow in followers:
        follow()
    return done


def encrypted_columns() -> Iterator[tuple[type[Model], str]]:
    for model in apps.get_models():
        for column in model._meta.local_concrete_fields:
            if isinstance(column, EncryptedTextField):
                yield model, column.name


def count_not_current() -> int:
    """How many secrets open with an old key only, or with none."""
    return sum(
        not is_current(token)
        for model, column in encrypted_columns()
        for _, token in _stored(model, column).values_list("pk", "stored").iterator(CHUNK)
    )


def _reencrypt_column(model: type[Model], column: str, report: Callable[[Progress], None]) -> Progress:
    progress = Progress(f"{model._meta.label}.{column}")
    rows = _stored(model, column).order_by("pk").values_list("pk", "stored")
    chunk = list(rows[:CHUNK])
    while chunk:
        with transaction.atomic():
            for pk, token in chunk:
                _reencrypt_value(_stored(model, column).filter(pk=pk), column, token, progress, pk)
        report(progress)
        chunk = list(rows.filter(pk__gt=chunk[-1][0])[:CHUNK])
    return progress


def _reencrypt_value(row: QuerySet[Any], column: str, token: str, progress: Progress, pk: Any) -> None:
    progress.seen += 1
    if is_current(token):
        return
    try:
        renewed = encrypt(decrypt(token))
    except WrongKeyError:
        progress.unreadable.append(pk)
        return
    progress.changed += row.filter(stored=token).update(**{column: Value(renewed, TextField())})


def _stored(model: type[Model], column: str) -> QuerySet[Any]:
    """The rows that have a secret, with `stored`: what the database holds, as it is."""
    rows = model._base_manager.annotate(stored=Cast(column, TextField()))
    return rows.exclude(stored=None).exclude(stored="")
