"""JSON bodies as .NET's clients send them: in UTF-8 or UTF-16, with a mark or without; nothing is null."""

import json
from codecs import BOM_UTF8
from collections.abc import Mapping
from typing import IO, Any

from rest_framework.exceptions import ParseError

from integrationhub.wire.json_bodies import JSONBodyParser, loads, read


class DotNetJSONParser(JSONBodyParser):
    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        body = _in_utf8(read(stream))
        return loads(body, self.read_fraction) if body.removeprefix(BOM_UTF8).strip() else None


def _in_utf8(body: bytes) -> bytes:
    """The first character of JSON is of ASCII: that tells the encoding, whatever the headers say."""
    encoding = json.detect_encoding(body)
    if not encoding.startswith("utf-16"):
        return body
    try:
        return body.decode(encoding).encode()
    except UnicodeError:
        raise ParseError("The body is not UTF-16, as which it begins.") from None
