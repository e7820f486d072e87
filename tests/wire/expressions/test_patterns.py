import re

import pytest
from django.db import connections
from hypothesis import given
from hypothesis import strategies as st

from integrationhub.wire.expressions import sqlite
from integrationhub.wire.expressions.automata import matches
from integrationhub.wire.expressions.errors import ExpressionError
from integrationhub.wire.expressions.functions import Function
from integrationhub.wire.expressions.patterns import MOST_STATES, UnknownPatternError, canonical
from integrationhub.wire.expressions.sql_functions import rendering

TEXTS = st.text(alphabet="abA1_ é\n-.😀", max_size=6)
ATOMS = st.sampled_from(
    [
        *[
            "a",
            "b",
            ".",
            "é",
            "😀",
            "-",
            "_",
            r"\.",
            r"\d",
            r"\w",
            r"\s",
            r"\D",
            r"\W",
            r"\S",
            r"\n",
            r"\u0061",
        ],
        *["[ab]", "[^ab]", r"[\d\-_]", "[a-cA]", r"[^\s\w]", "[a-]", "[.$]", " "],
    ]
)


def grown(inner):
    return st.one_of(
        st.lists(inner, max_size=3).map("".join),
        st.tuples(inner, inner).map(lambda pair: f"(?:{pair[0]}|{pair[1]})"),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{0,2}", "{1,}", "*?"])).map(
            lambda pair: f"({pair[0]}){pair[1]}"
        ),
        inner.map(lambda part: f"^{part}"),
        inner.map(lambda part: f"{part}$"),
    )


PATTERNS = st.recursive(ATOMS, grown, max_leaves=6)


def meant(text, pattern):
    """What the engine of the standard library says, once told what `.` and `$` are."""
    outside = {".": r"[^\n\r\u2028\u2029]", "$": r"\Z"}
    pieces = re.findall(r"\[.*?\]|\\.|.", pattern)
    return bool(re.search("".join(outside.get(piece, piece) for piece in pieces), text, re.ASCII))


@given(PATTERNS, TEXTS)
def test_a_pattern_finds_what_the_standard_library_finds(pattern, text):
    assert matches(text, canonical(pattern)) == meant(text, pattern)
    assert canonical(canonical(pattern)) == canonical(pattern)


@pytest.mark.django_db
def test_the_database_finds_the_same():
    connection = connections["default"]
    if connection.vendor == "sqlite":
        sqlite.teach(connection)
    sql = rendering(Function.MATCHES, connection.vendor, 2).sql.format("%s", "%s")

    @given(PATTERNS, TEXTS)
    def check(pattern, text):
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {sql}", [text, canonical(pattern)])
            assert bool(cursor.fetchone()[0]) == matches(text, canonical(pattern))

    check()


@pytest.mark.parametrize(
    ("pattern", "place", "message"),
    [
        ("a(b", 1, "not closed"),
        ("a)b", 1, "closes nothing"),
        ("[ab", 0, "not closed"),
        ("[]", 0, "empty class"),
        ("[b-a]", 1, "later one"),
        (r"[\d-z]", 1, "later one"),
        ("*a", 0, "no meaning here"),
        ("a**", 1, "cannot be repeated"),
        ("^*", 1, "cannot be repeated"),
        ("a{3,2}", 1, "smaller one first"),
        ("a{256}", 1, "0 to 255"),
        ("a\\", 1, "has to follow"),
        ("((a{50}){50})", 0, "too large"),
        ("(" * 21 + "a" + ")" * 21, 20, "20 deep"),
        (f"a{{{MOST_STATES}}}", 1, "0 to 255"),
    ],
)
def test_a_pattern_that_is_none_is_refused_at_its_place(pattern, place, message):
    with pytest.raises(ExpressionError, match=message) as refused:
        canonical(pattern)
    assert refused.value.position == place


@pytest.mark.parametrize("pattern", [r"\bword", "(?=a)", r"(a)\1", r"\p{L}", "(?i)a"])
def test_what_only_some_engines_know_is_told_apart(pattern):
    with pytest.raises(UnknownPatternError):
        canonical(pattern)


def test_no_text_makes_a_pattern_slow():
    """An engine that tries one way after the other needs more than 2^60 steps for this."""
    assert not matches("a" * 60 + "b", canonical("^(a|a)*(a*)*$"))
