"""How C# spells the functions of the language."""

from collections.abc import Mapping

from .functions import Function
from .types import Scalar

_STRING, _DATETIME, _DURATION = Scalar.STRING, Scalar.DATETIME, Scalar.DURATION

MEMBERS: Mapping[tuple[Scalar, str], Function] = {
    (_STRING, "Length"): Function.LENGTH,
    (_DATETIME, "Year"): Function.YEAR,
    (_DATETIME, "Month"): Function.MONTH,
    (_DATETIME, "Day"): Function.DAY,
    (_DATETIME, "Hour"): Function.HOUR,
    (_DATETIME, "Minute"): Function.MINUTE,
    (_DATETIME, "Second"): Function.SECOND,
    (_DATETIME, "DayOfWeek"): Function.DAY_OF_WEEK,
    (_DATETIME, "Date"): Function.MIDNIGHT,
    (_DURATION, "Days"): Function.DAYS,
    (_DURATION, "TotalDays"): Function.TOTAL_DAYS,
    (_DURATION, "TotalHours"): Function.TOTAL_HOURS,
    (_DURATION, "TotalMinutes"): Function.TOTAL_MINUTES,
    (_DURATION, "TotalSeconds"): Function.TOTAL_SECONDS,
}

METHODS: Mapping[tuple[Scalar, str], Function] = {
    (_STRING, "Contains"): Function.CONTAINS,
    (_STRING, "StartsWith"): Function.STARTS_WITH,
    (_STRING, "EndsWith"): Function.ENDS_WITH,
    (_STRING, "IndexOf"): Function.INDEX_OF,
    (_STRING, "Substring"): Function.SUBSTRING,
    (_STRING, "Replace"): Function.REPLACE,
    (_STRING, "ToLower"): Function.TO_LOWER,
    (_STRING, "ToUpper"): Function.TO_UPPER,
    (_STRING, "Trim"): Function.TRIM,
    (_DATETIME, "AddYears"): Function.ADD_YEARS,
    (_DATETIME, "AddMonths"): Function.ADD_MONTHS,
    (_DATETIME, "AddDays"): Function.ADD_DAYS,
    (_DATETIME, "AddHours"): Function.ADD_HOURS,
    (_DATETIME, "AddMinutes"): Function.ADD_MINUTES,
    (_DATETIME, "AddSeconds"): Function.ADD_SECONDS,
    (_DATETIME, "AddMilliseconds"): Function.ADD_MILLISECONDS,
}

STATIC_METHODS: Mapping[tuple[str, str], Function] = {
    ("Math", "Abs"): Function.ABS,
    ("Math", "Round"): Function.ROUND,
    ("Math", "Floor"): Function.FLOOR,
    ("Math", "Ceiling"): Function.CEILING,
    ("TimeSpan", "FromDays"): Function.FROM_DAYS,
    ("TimeSpan", "FromHours"): Function.FROM_HOURS,
    ("TimeSpan", "FromMinutes"): Function.FROM_MINUTES,
    ("TimeSpan", "FromSeconds"): Function.FROM_SECONDS,
}

CAST_NAMES: Mapping[str, Scalar] = {
    "int": Scalar.INT,
    "long": Scalar.INT,
    "decimal": Scalar.DECIMAL,
    "double": Scalar.DOUBLE,
    "DateTime": Scalar.DATETIME,
}

DAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
