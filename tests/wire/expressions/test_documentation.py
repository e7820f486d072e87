import re
from pathlib import Path

import pytest

from integrationhub.wire.expressions.errors import ExpressionError
from integrationhub.wire.expressions.linq import parse
from integrationhub.wire.expressions.linq_names import MEMBERS, METHODS, STATIC_METHODS
from integrationhub.wire.expressions.schema import Property, Schema
from integrationhub.wire.expressions.types import Scalar

PAGE = (Path(__file__).parents[3] / "docs" / "filter-language.md").read_text()
DECLARED = re.findall(r"^\| (\w+) \| (\w+) \|", PAGE, re.MULTILINE)[1:]
ENTITY = Schema("Payment", tuple(Property(name, Scalar(kind)) for name, kind in DECLARED))
EXAMPLES = [
    line
    for block in re.findall(r"^```linq\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    for line in block.splitlines()
]


def test_the_page_shows_every_type_a_property_may_have():
    assert {each.type for each in ENTITY.properties} == set(Scalar) - {
        Scalar.NULL,
        Scalar.DURATION,
        Scalar.TIME,
    }
    assert len(EXAMPLES) > 15


@pytest.mark.parametrize("text", EXAMPLES)
def test_an_example_of_the_page_is_a_filter(text):
    parse(text, ENTITY)


def test_the_refusal_of_the_page_is_the_products():
    shown = re.search(r"^```text\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert shown is not None
    text = shown[1].splitlines()[0]
    with pytest.raises(ExpressionError) as caught:
        parse(text, ENTITY)
    assert caught.value.caret(text) == shown[1].rstrip()


@pytest.mark.parametrize(
    "name", sorted({name for table in (MEMBERS, METHODS, STATIC_METHODS) for _, name in table})
)
def test_the_page_names_every_function(name):
    assert name in PAGE
