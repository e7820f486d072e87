"""Random filters over products: each a text and, made beside it, what OASIS says it means for a row.

A meaning takes a row (values by property name, with `Category`, `Tags`, `Bits`) and gives a value or None. It
is written anew here, so that it errs in other ways than the product.
"""

import math
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple
from uuid import UUID

from hypothesis import strategies as st

from tests.odata.northwind.stock import START

NOW = START + timedelta(days=9, seconds=1)


class Sample(NamedTuple):
    text: str
    meaning: object


def quoted(text):
    return "'" + text.replace("'", "''") + "'"


def moment_text(value):
    return value.isoformat().replace("+00:00", "Z")


def named(name):
    return Sample(name, lambda row: row[name])


def category_name(row):
    return row["Category"] and row["Category"]["CategoryName"]


def strictly(function):
    """Null for a null operand."""
    return lambda *values: None if None in values else function(*values)


def applied(template, function, *samples):
    meanings = [sample.meaning for sample in samples]
    return Sample(
        template.format(*(sample.text for sample in samples)),
        lambda row: function(*(meaning(row) for meaning in meanings)),
    )


def truncated(left, right):
    return None if right == 0 else int(Decimal(left) / Decimal(right))


def remainder(left, right):
    return None if right == 0 else left - right * truncated(left, right)


words = st.sampled_from(
    ["a", "Ch", "chai", "'", "%", "_", "\\", "ü", "Ä", "", " ", "hot", "o", "ß", "Drinks"]
)
literal_texts = words.map(lambda word: Sample(quoted(word), lambda row: word))
literal_ints = st.integers(-20, 20).map(lambda number: Sample(str(number), lambda row: number))


def texts(inner):
    return st.one_of(
        st.builds(lambda s: applied("tolower({})", strictly(lower), s), inner),
        st.builds(lambda s: applied("TOUPPER({})", strictly(upper), s), inner),
        st.builds(lambda s: applied("trim({})", strictly(str.strip), s), inner),
        st.builds(lambda s, t: applied("concat({},{})", strictly(str.__add__), s, t), inner, inner),
        st.builds(
            lambda s, n: applied(f"substring({{}},{n})", strictly(lambda text: text[n:]), s),
            inner,
            st.integers(-4, 4),
        ),
        st.builds(
            lambda s, n, m: applied(f"substring({{}},{n},{m})", strictly(lambda text: text[n:][:m]), s),
            inner,
            st.integers(-4, 4),
            st.integers(0, 3),
        ),
    )


def lower(text):
    return "".join(letter.lower() for letter in text)


def upper(text):
    return "".join(letter if letter == "ß" else letter.upper() for letter in text)


strings = st.recursive(
    st.one_of(
        st.just(named("ProductName")),
        st.just(Sample("Category/CategoryName", category_name)),
        literal_texts,
    ),
    texts,
    max_leaves=3,
)


def computations(inner):
    def infix(word, function):
        return st.builds(lambda a, b: applied(f"({{}} {word} {{}})", strictly(function), a, b), inner, inner)

    return st.one_of(
        infix("add", lambda a, b: a + b),
        infix("sub", lambda a, b: a - b),
        infix("mul", lambda a, b: a * b),
        infix("div", truncated),
        infix("mod", remainder),
    )


def in_utc(function):
    return strictly(lambda moment: function(moment.astimezone(UTC)))


def parts_of_moments(*names):
    return [
        st.builds(
            lambda m, n=name: applied(f"{n}({{}})", in_utc(lambda value: getattr(value, n)), m), moments
        )
        for name in names
    ]


def rounded(value):
    """Halves go away from zero."""
    whole = Decimal(value).to_integral_value(ROUND_HALF_UP)
    return type(value)(whole)


def roundings(values):
    return [
        st.builds(lambda a, w=word, f=function: applied(f"{w}({{}})", strictly(f), a), values)
        for word, function in (("round", rounded), ("floor", math.floor), ("ceiling", math.ceil))
    ]


moments = st.one_of(
    st.just(Sample("now()", lambda row: NOW)),
    st.just(named("UpdatedOn")),
    st.integers(-50, 900)
    .map(lambda hours: START + timedelta(hours=hours))
    .map(lambda value: Sample(moment_text(value), lambda row: value)),
)
numbers = st.recursive(
    st.one_of(
        st.just(named("UnitsInStock")),
        st.just(Sample("Tags/$count", lambda row: len(row["Tags"]))),
        literal_ints,
        st.builds(lambda s: applied("length({})", strictly(len), s), strings),
        st.builds(lambda s, t: applied("indexof({},{})", strictly(str.find), s, t), strings, literal_texts),
        st.builds(lambda m: applied("totaloffsetminutes({})", in_utc(lambda value: 0), m), moments),
        st.just(applied("cast({},Edm.Int64)", int, named("UnitsInStock"))),
        st.builds(
            lambda a, b: Sample(
                f"case(Discontinued:{a.text},UnitsInStock gt 0:{b.text})",
                lambda row: (
                    a.meaning(row)
                    if row["Discontinued"]
                    else b.meaning(row)
                    if row["UnitsInStock"] > 0
                    else None
                ),
            ),
            literal_ints,
            literal_ints,
        ),
        *parts_of_moments("year", "month", "day", "hour", "minute", "second"),
    ),
    computations,
    max_leaves=3,
)
prices = st.just(named("UnitPrice"))
decimals = st.one_of(
    prices,
    *roundings(prices),
    st.builds(
        lambda a, n: applied(f"({{}} mul {n})", strictly(lambda x: x * n), a), prices, st.integers(-3, 3)
    ),
    st.builds(lambda a: applied("(1.25 sub {})", strictly(lambda x: Decimal("1.25") - x), a), prices),
    st.just(applied("(UnitsInStock divby 4)", lambda x: Decimal(x) / 4, named("UnitsInStock"))),
    st.builds(
        lambda m: applied("fractionalseconds({})", in_utc(lambda x: Decimal(x.microsecond) / 10**6), m),
        st.just(named("UpdatedOn")),
    ),
    st.builds(
        lambda m: applied(
            f"totalseconds({{}} sub {moment_text(START)})",
            strictly(lambda x: Decimal((x - START) // timedelta(microseconds=1)) / 10**6),
            m,
        ),
        st.just(named("UpdatedOn")),
    ),
    st.integers(-40, 100).map(lambda n: Decimal(n) / 4).map(lambda d: Sample(f"{d:f}", lambda row: d)),
)
doubles = st.one_of(
    st.just(named("Weight")),
    *roundings(st.just(named("Weight"))),
    st.integers(-40, 100).map(lambda n: n / 4).map(lambda d: Sample(f"{d}", lambda row: d)),
)
times = st.one_of(
    st.builds(lambda m: applied("time({})", in_utc(datetime.time), m), moments),
    st.integers(0, 95)
    .map(lambda n: time(n // 4, n % 4 * 15, 15))
    .map(lambda t: Sample(t.isoformat(), lambda row: t)),
)
serials = st.one_of(
    st.just(named("Serial")),
    st.integers(0, 60).map(lambda n: UUID(int=n)).map(lambda value: Sample(str(value), lambda row: value)),
)
days = st.one_of(
    st.just(named("Released")),
    st.builds(lambda m: applied("date({})", in_utc(datetime.date), m), moments),
    st.integers(-2, 25)
    .map(lambda n: date(2024, 1, 1) + timedelta(days=n))
    .map(lambda d: Sample(d.isoformat(), lambda row: d)),
)
large = st.one_of(
    st.just(named("UnitsSold")),
    st.integers(-(10**10), 10**10).map(lambda n: Sample(str(n), lambda row: n)),
)

ORDERS = {
    "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b,
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
}


def ordered(word):
    """An order with a null is false, never null."""
    return lambda a, b: a is not None and b is not None and ORDERS[word](a, b)


def equalities(values):
    null = st.just(Sample("null", lambda row: None))
    return st.one_of(
        st.builds(lambda a, b: applied("{} eq {}", lambda x, y: x == y, a, b), values, values | null),
        st.builds(lambda a, b: applied("{} ne {}", lambda x, y: x != y, a, b), values, values | null),
    )


def comparisons(values):
    orders = [
        st.builds(lambda a, b, w=word: applied(f"{{}} {w} {{}}", ordered(w), a, b), values, values)
        for word in ORDERS
    ]
    return st.one_of(equalities(values), *orders)


def listed(values):
    return st.builds(
        lambda value, items: Sample(
            f"{value.text} in ({','.join(item.text for item in items)})",
            lambda row: value.meaning(row) in [item.meaning(row) for item in items],
        ),
        values,
        st.lists(values, min_size=1, max_size=3),
    )


def tagged(word, over):
    return st.builds(
        lambda part: Sample(
            f"Tags/{word}(t:contains(t/Word,{quoted(part)}))",
            lambda row: over(part in tag["Word"] for tag in row["Tags"]),
        ),
        words,
    )


FLAGS = {"Organic": 1, "Vegan": 2, "Frozen": 4}
flags = st.sampled_from(sorted(FLAGS)).map(
    lambda name: Sample(
        f"Features has Northwind.Features'{name}'", lambda row: row["Bits"] & FLAGS[name] == FLAGS[name]
    )
)
colours = st.sampled_from(["Red", "Green", "Blue"]).map(
    lambda name: Sample(f"Colour ne '{name}'", lambda row: row["Colour"] != name)
)


def parts(word, function):
    return st.builds(lambda s, t: applied(f"{word}({{}},{{}})", strictly(function), s, t), strings, strings)


atoms = st.one_of(
    st.just(named("Discontinued")),
    *[comparisons(values) for values in (strings, numbers, moments, decimals, doubles, days, times, large)],
    equalities(serials),
    listed(numbers),
    listed(strings),
    parts("contains", lambda text, part: part in text),
    parts("startswith", str.startswith),
    parts("endswith", str.endswith),
    tagged("any", any),
    tagged("all", all),
    st.just(Sample("Tags/any()", lambda row: bool(row["Tags"]))),
    st.just(Sample("Category eq null", lambda row: row["Category"] is None)),
    st.just(Sample("isof(Weight,Edm.Double)", lambda row: row["Weight"] is not None)),
    flags,
    colours,
)


def both(left, right):
    return False if left is False or right is False else None if None in (left, right) else True


def either(left, right):
    return True if left is True or right is True else None if None in (left, right) else False


def joined(inner):
    return st.one_of(
        st.builds(lambda a, b: applied("({} and {})", both, a, b), inner, inner),
        st.builds(lambda a, b: applied("({} or {})", either, a, b), inner, inner),
        st.builds(lambda a: applied("not ({})", strictly(lambda value: not value), a), inner),
        st.builds(lambda a, b: applied("({}) eq ({})", lambda x, y: x == y, a, b), inner, inner),
    )


conditions = st.recursive(atoms, joined, max_leaves=4)
