"""Why an expression is refused, as clients are told."""

from integrationhub.wire.expressions.errors import ExpressionError
from integrationhub.wire.expressions.tree import Expression

from .errors import ODataError


class UnsupportedError(ExpressionError):
    """The text is OData, but this service cannot answer it: 501 instead of 400."""


def incomparable(left: Expression, right: Expression, operator: str) -> str:
    return f"'{operator}' does not take {left.type} and {right.type}"


def refusal(error: ExpressionError, option: str) -> ODataError:
    """The answer to an expression that was refused. `option` is the query option it came in, with its `$`."""
    place = f"{error.message} (at position {error.position} of {option})"
    if isinstance(error, UnsupportedError):
        return ODataError(501, "", f"Not implemented: {place}.", option)
    return ODataError(400, "", f"The query specified in the URI is not valid. {place}.", option)
