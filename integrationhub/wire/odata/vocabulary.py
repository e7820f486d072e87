"""OData's operators and functions by name, and those that this service does not answer."""

from collections.abc import Mapping

from integrationhub.wire.expressions.arithmetic import Operator
from integrationhub.wire.expressions.functions import Function
from integrationhub.wire.expressions.tree import Comparison
from integrationhub.wire.expressions.types import Scalar

COMPARISONS: Mapping[str, Comparison] = {
    "eq": Comparison.EQUAL,
    "ne": Comparison.NOT_EQUAL,
    "gt": Comparison.GREATER,
    "ge": Comparison.GREATER_OR_EQUAL,
    "lt": Comparison.LESS,
    "le": Comparison.LESS_OR_EQUAL,
}
ARITHMETIC: Mapping[str, Operator] = {
    "add": Operator.ADD,
    "sub": Operator.SUBTRACT,
    "mul": Operator.MULTIPLY,
    "div": Operator.DIVIDE,
    "divby": Operator.DIVIDE,
    "mod": Operator.MODULO,
}

FUNCTIONS: Mapping[str, Function] = {
    "ceiling": Function.CEILING,
    "concat": Function.CONCAT,
    "contains": Function.CONTAINS,
    "date": Function.MIDNIGHT,  # compared with a date, which is widened to its midnight
    "day": Function.DAY,
    "endswith": Function.ENDS_WITH,
    "floor": Function.FLOOR,
    "fractionalseconds": Function.FRACTION_OF_SECOND,
    "hour": Function.HOUR,
    "indexof": Function.INDEX_OF,
    "length": Function.LENGTH,
    "matchespattern": Function.MATCHES,
    "minute": Function.MINUTE,
    "month": Function.MONTH,
    "round": Function.ROUND_AWAY,
    "second": Function.SECOND,
    "startswith": Function.STARTS_WITH,
    "substring": Function.SUBSTRING,
    "time": Function.TIME_OF_DAY,
    "tolower": Function.TO_LOWER,
    "totalseconds": Function.TOTAL_SECONDS,
    "toupper": Function.TO_UPPER,
    "trim": Function.TRIM,
    "year": Function.YEAR,
}

# Functions that are no node of their own.
CALLED = frozenset({"case", "cast", "isof", "maxdatetime", "mindatetime", "now", "totaloffsetminutes"})

UNSUPPORTED = frozenset(
    {"geo.distance", "geo.intersects", "geo.length", "hassubsequence", "hassubset"} | {"substringof"}
)

CAST_TARGETS: Mapping[str, Scalar] = {
    "edm.boolean": Scalar.BOOLEAN,
    "edm.byte": Scalar.INT,
    "edm.date": Scalar.DATE,
    "edm.datetimeoffset": Scalar.DATETIME,
    "edm.decimal": Scalar.DECIMAL,
    "edm.double": Scalar.DOUBLE,
    "edm.guid": Scalar.GUID,
    "edm.int16": Scalar.INT,
    "edm.int32": Scalar.INT,
    "edm.int64": Scalar.INT,
    "edm.sbyte": Scalar.INT,
    "edm.single": Scalar.DOUBLE,
    "edm.string": Scalar.STRING,
}
