"""Tokens that one process at a time is at work on.

A claim is a conditional update of the token's row, which the database's lock of the row lets one process win.
The request goes out when it has been committed, and its outcome counts only while the claim still stands: no
connection, and on SQLite no other writer, waits for an authorization server.
"""

from datetime import datetime, timedelta

from integrations.errors import Refused
from integrations.models import OAuthToken

LEASE = timedelta(seconds=30)
# How many are worked on at once by one process.
AT_ONCE = 50
WITHDRAWN = "The client has withdrawn its consent."


def claim(pk: int, now: datetime, *, number: int | None = None) -> OAuthToken | None:
    """The token, ours alone for LEASE. None: somebody else has it, or `number` is not its newest any more.

    Raises WrongKeyError, whose claim stands until its end, and Refused.
    """
    rows = OAuthToken.objects.unclaimed(now).filter(pk=pk)
    if number is not None:
        rows = rows.filter(number=number)
    return read(pk) if rows.update(lease_until=now + LEASE) else None


def read(pk: int) -> OAuthToken:
    """Raises Refused where it is gone: the consent has been withdrawn."""
    related = OAuthToken.objects.select_related("application__system", "consent__client")
    token = related.defer("application__system__secret").filter(pk=pk).first()
    if token is None:
        raise Refused(WITHDRAWN, field="consent")
    return token
