"""Signatures of webhooks: Standard Webhooks, and the two styles that GitHub and Stripe made common.

All of them are HMAC-SHA256 over the bytes of the body as they came. Where a scheme signs the time as well, it
may differ from ours by TOLERANCE; GitHub's does not, so that there only a remembered id stops a replay.
"""

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

TOLERANCE = timedelta(minutes=5)
SECRET_MARK = "whsec_"  # noqa: S105  (what a secret begins with)

_MOST_SIGNATURES = 20
_LONGEST_HEADER = 4096
_LONGEST_ID = 256
_SECONDS = re.compile(r"[0-9]{1,12}", re.ASCII)
_ID = re.compile(r"[\x21-\x7e]{1,256}")


class Scheme(StrEnum):
    NONE = ""
    STANDARD = "standard"
    GITHUB = "github"
    STRIPE = "stripe"


class BadSignature(ValueError):  # noqa: N818
    """The request is not proven to come from the holder of the secret. Says why, and repeats nothing."""


def new_secret() -> str:
    return SECRET_MARK + base64.b64encode(secrets.token_bytes(32)).decode()


def check_secret(scheme: str, secret: str) -> None:
    """Raises ValueError for a secret that the scheme does not allow."""
    if scheme != Scheme.STANDARD:
        if not 8 <= len(secret) <= 256:
            raise ValueError("A signing secret has 8 to 256 characters.")
        return
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_MARK), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not 24 <= len(key) <= 64:
        raise ValueError("A Standard Webhooks secret is whsec_ and the Base64 of 24 to 64 bytes.")


def sign(secret: str, *, message_id: str, body: bytes, now: datetime) -> list[tuple[str, str]]:
    """The headers of Standard Webhooks for a body that is sent now."""
    stamp = str(int(now.timestamp()))
    signature = _standard_signature(secret, f"{message_id}.{stamp}.".encode() + body)
    return [
        ("webhook-id", message_id),
        ("webhook-timestamp", stamp),
        ("webhook-signature", f"v1,{signature}"),
    ]


def verify(
    scheme: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    secrets: Sequence[str],
    header: str = "",
    now: datetime,
) -> str | None:
    """The id of the message, where the scheme has one. Raises BadSignature.

    `headers` has lower-case names; `secrets` are all that are in force, `header` is another one than the
    scheme's own that carries the signature.
    """
    return _VERIFIERS[Scheme(scheme)](headers, body, secrets, header.lower(), now)


def _verify_standard(
    headers: Mapping[str, str], body: bytes, secrets: Sequence[str], header: str, now: datetime
) -> str:
    message_id, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not _ID.fullmatch(message_id):
        raise BadSignature(f"webhook-id is missing, or no text of 1 to {_LONGEST_ID} visible characters.")
    _check_time(stamp, "webhook-timestamp", now)
    signed = f"{message_id}.{stamp}.".encode() + body
    expected = [_standard_signature(secret, signed) for secret in secrets]
    given = _header(headers, header or "webhook-signature").split(" ")[:_MOST_SIGNATURES]
    _check([each.removeprefix("v1,") for each in given if each.startswith("v1,")], expected)
    return message_id


def _verify_github(
    headers: Mapping[str, str], body: bytes, secrets: Sequence[str], header: str, now: datetime
) -> str | None:
    given = _header(headers, header or "x-hub-signature-256").removeprefix("sha256=")
    _check([given.lower()], [_hex(secret, body) for secret in secrets])
    delivery = headers.get("x-github-delivery", "")
    return delivery if _ID.fullmatch(delivery) else None


def _verify_stripe(
    headers: Mapping[str, str], body: bytes, secrets: Sequence[str], header: str, now: datetime
) -> None:
    parts = [
        part.strip().partition("=") for part in _header(headers, header or "stripe-signature").split(",")
    ]
    stamp = next((value for name, _, value in parts if name == "t"), "")
    _check_time(stamp, "the time of the signature", now)
    given = [value.lower() for name, _, value in parts if name == "v1"][:_MOST_SIGNATURES]
    _check(given, [_hex(secret, f"{stamp}.".encode() + body) for secret in secrets])


def _header(headers: Mapping[str, str], name: str) -> str:
    value = headers.get(name, "")
    if not value or len(value) > _LONGEST_HEADER:
        raise BadSignature(f"The header {name} is missing or too long.")
    return value


def _check_time(stamp: str, name: str, now: datetime) -> None:
    if not _SECONDS.fullmatch(stamp):
        raise BadSignature(f"{name} is missing, or no number of seconds.")
    if abs(int(stamp) - now.timestamp()) > TOLERANCE.total_seconds():
        raise BadSignature(f"{name} is more than {TOLERANCE.seconds // 60} minutes off.")


def _check(given: Sequence[str], expected: Sequence[str]) -> None:
    # Every pair is compared, so that the time taken says nothing of which one fits.
    equal = [hmac.compare_digest(one.encode(), other.encode()) for one in given for other in expected]
    if not any(equal):
        raise BadSignature("No signature fits.")


def _standard_signature(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(SECRET_MARK))
    return base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def _hex(secret: str, signed: bytes) -> str:
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


_Verifier = Callable[[Mapping[str, str], bytes, Sequence[str], str, datetime], str | None]
_VERIFIERS: Mapping[Scheme, _Verifier] = {
    Scheme.NONE: lambda headers, body, secrets, header, now: None,
    Scheme.STANDARD: _verify_standard,
    Scheme.GITHUB: _verify_github,
    Scheme.STRIPE: _verify_stripe,
}
