"""`application/x-www-form-urlencoded` bodies: pairs in the order they were sent."""

from typing import IO, Any
from urllib.parse import parse_qsl

from rest_framework.exceptions import ParseError

from integrationhub.wire.problems import BodyTooLarge

LARGEST = 256 * 1024
MOST_FIELDS = 1000


class Pairs(list[tuple[str, str]]):
    """Names and values of a form: no list of JSON is mistaken for it."""


def read(stream: IO[Any]) -> Pairs:
    """Raises ParseError, and BodyTooLarge."""
    body = stream.read(LARGEST + 1)
    if len(body) > LARGEST:
        raise BodyTooLarge(f"A form has at most {LARGEST} bytes.")
    try:
        text = body.decode("utf-8-sig")
        return Pairs(parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS))
    except UnicodeDecodeError:
        raise ParseError("The form is not UTF-8.") from None
    except ValueError:
        raise ParseError(f"A form has at most {MOST_FIELDS} fields.") from None
