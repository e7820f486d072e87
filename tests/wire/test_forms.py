from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.exceptions import ParseError

from integrationhub.wire import forms
from integrationhub.wire.forms import Branch, Pairs, tree


@pytest.mark.parametrize(
    ("form", "made"),
    [
        ("A=1&b=", {"a": "1", "b": ""}),
        ("a=1&A=2&a=3", {"a": ["1", "2", "3"]}),
        ("a[]=1&a[]=2", {"a": ["1", "2"]}),
        ("a[1]=y&a[0]=x", {"a": {"1": "y", "0": "x"}}),
        ("O.Name=x&o[Keys][Id]=y&o[Keys].z=", {"o": {"Name": "x", "Keys": {"Id": "y", "z": ""}}}),
        ("a[0].Key=k&a[0][Value]=v", {"a": {"0": {"Key": "k", "Value": "v"}}}),
        ("a[x.y]=1", {"a": {"x.y": "1"}}),
        ("=1&[]=2&.=3&a", {"a": ""}),
    ],
)
def test_names_make_objects_and_lists(form, made):
    assert tree(forms.read(BytesIO(form.encode()))) == made


def test_a_list_is_in_the_order_of_its_numbers():
    assert tree(Pairs([("a[10]", "c"), ("a[9]", "b"), ("a[0]", "a")]))["a"].listed() == ["a", "b", "c"]
    for wrong in ({"x": "1"}, {"0": "", "": ""}, {"9" * 5000: ""}, {"-1": ""}):
        with pytest.raises(ValueError, match="It has to be a list"):
            Branch(wrong).listed()


@pytest.mark.parametrize(
    "pairs",
    [
        [("a", "1"), ("a[b]", "2")],
        [("a[b]", "1"), ("a", "2")],
        [("a[b]", "1"), ("a[b][c]", "2")],
        [("a" + "[b]" * 100_000, "1")],
    ],
)
def test_a_form_that_contradicts_itself_or_is_too_deep_is_refused(pairs):
    with pytest.raises(ParseError):
        tree(Pairs(pairs))


@given(st.lists(st.tuples(st.text(alphabet="aB.[]01é\x00", max_size=12), st.text(max_size=3)), max_size=6))
def test_no_form_is_too_strange(pairs):
    try:
        made = tree(Pairs(pairs))
    except ParseError:
        return
    assert isinstance(made, Branch)
