"""`$skiptoken`: the place of the last row of a page, as one opaque word."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from typing import Any

from integrationhub.wire.expressions.types import Scalar

from . import literals
from .decoding import WrongValueError
from .edm import Primitive
from .errors import ODataError
from .ordering import OrderItem
from .scalars import PRIMITIVES

_LONGEST = 8000


def make(items: Sequence[OrderItem], values: Sequence[Any]) -> str:
    texts = [None if value is None else _text(value) for value in values]
    return base64.urlsafe_b64encode(json.dumps(texts, separators=(",", ":")).encode()).decode().rstrip("=")


def _text(value: Any) -> str:
    """The literal without what marks its type."""
    return value if isinstance(value, str) else literals.render(value).removeprefix("duration").strip("'")


def read(token: str, items: Sequence[OrderItem]) -> list[Any]:
    """The values of the row for these items. Raises ODataError where the token was not made for them."""
    try:
        texts = json.loads(base64.urlsafe_b64decode(token[:_LONGEST] + "=" * (-len(token) % 4)))
        if isinstance(texts, list) and len(texts) == len(items):
            return [_value(text, item) for text, item in zip(texts, items, strict=True)]
    except (binascii.Error, ValueError, RecursionError):
        pass
    raise misfit()


def misfit() -> ODataError:
    message = "This $skiptoken does not fit the request; follow @odata.nextLink."
    return ODataError(400, "", message, "$skiptoken")


def _value(text: Any, item: OrderItem) -> Any:
    if text is None and item.may_be_null:
        return None
    if not isinstance(text, str):
        raise WrongValueError("is no text")
    kind = item.expression.type
    primitive = PRIMITIVES.get(kind) if isinstance(kind, Scalar) else None
    return literals.from_text(text, primitive or Primitive.STRING)
