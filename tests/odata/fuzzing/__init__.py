"""Requests that are nearly right: made from a service's registry, with something wrong at a random place.

What is nonsense from its first letter on is refused at the door. These get past the parser, the binder and
the decoder as a rule, and reach the database.
"""

from tests.odata.fuzzing.requests import Maker, Request

__all__ = ["Maker", "Request"]
