"""Where people may be sent back to once they have connected a system: what is registered for their client."""

from urllib.parse import urlencode, urlsplit

from django.core.exceptions import ValidationError

from integrationhub.wire.transport import check_url

_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})
MOST = 20


def validate(text: str) -> None:
    """One address a line. Raises ValidationError, naming the line."""
    lines = text.splitlines()
    if len(lines) > MOST:
        raise ValidationError(f"At most {MOST} addresses are registered.")
    for number, line in enumerate(lines, 1):
        try:
            _check(line)
        except ValueError as error:
            raise ValidationError(f"Line {number}: {error}") from None


def is_registered(address: str, text: str) -> bool:
    """Up to its query, which is the caller's own, the address is letter by letter one of the lines."""
    try:
        check_url(address)
    except ValueError:
        return False
    return "#" not in address and address.partition("?")[0] in text.splitlines()


def with_outcome(address: str, **outcome: str) -> str:
    """The address with what came of it at the end of its query."""
    return f"{address}{'&' if '?' in address else '?'}{urlencode(outcome)}"


def _check(address: str) -> None:
    check_url(address)
    parts = urlsplit(address)
    if parts.scheme != "https" and parts.hostname not in _THIS_MACHINE:
        raise ValueError("The URL must start with https://.")
    if "?" in address or "#" in address:
        raise ValueError("The URL has neither a query nor a fragment.")
