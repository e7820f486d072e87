"""A message as it is kept: its headers and its body as one text, which the database has encrypted."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from queues import redaction

_UNKEPT = frozenset({"authorization", "cookie", "proxy-authorization"})


@dataclass(frozen=True, slots=True)
class Letter:
    """`query` and `protocol` are those of the request it came with, empty for one that was sent."""

    headers: Sequence[tuple[str, str]]
    body: bytes
    path: str = ""
    query: str = ""
    protocol: str = ""

    def redacted(self, secrets: Iterable[str] = ()) -> str:
        """For people: headers and body without what is secret."""
        shown = f"{redaction.headers(self.headers)}\n\n{redaction.body(self.body)}"
        return without(shown, secrets)


def seal(letter: Letter) -> str:
    headers = [pair for pair in letter.headers if pair[0].lower() not in _UNKEPT]
    head = json.dumps([headers, letter.path, letter.query, letter.protocol])
    # Latin-1 is a character for every byte, and JSON without line breaks ends at the first one.
    return f"{head}\n{letter.body.decode('latin-1')}"


def unseal(sealed: str) -> Letter:
    head, _, body = sealed.partition("\n")
    headers, path, query, protocol = json.loads(head)
    return Letter([(name, value) for name, value in headers], body.encode("latin-1"), path, query, protocol)


def without(text: str, secrets: Iterable[str]) -> str:
    """The text with every one of these masked, wherever it stands."""
    for secret in secrets:
        if len(secret) >= 4:  # a shorter one would tear words apart and is no secret
            text = text.replace(secret, redaction.MASK)
    return text
