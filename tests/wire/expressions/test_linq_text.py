import pytest
from hypothesis import given, settings

from integrationhub.wire.expressions.linq import parse
from integrationhub.wire.expressions.linq_text import unparse

from .payments import PAYMENT
from .strategies import FILTERS


@settings(max_examples=80, deadline=None)
@given(FILTERS)
def test_a_text_becomes_a_tree_becomes_a_text_of_the_same_tree(text):
    tree = parse(text, PAYMENT)
    written = unparse(tree)
    assert parse(written, PAYMENT) == tree
    assert unparse(parse(written, PAYMENT)) == written


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ('Amount > 100.5 && Status == "a\\"\\n"', 'x => x.Amount > 100.5m && x.Status == "a\\"\\u000a"'),
        ("(Urgent || Approved) && !(Qty == 1)", "x => (x.Urgent || x.Approved) && !(x.Qty == 1)"),
        ("Qty - (1 - 2) == (Qty - 1) - 2", "x => x.Qty - (1 - 2) == x.Qty - 1 - 2"),
        ("Qty < Count == Urgent", "x => x.Qty < x.Count == x.Urgent"),
        ("Amount > Qty", "x => x.Amount > (decimal)x.Qty"),
        ("(Name ?? Status).Length == 1", "x => (x.Name ?? x.Status).Length == 1"),
        ("Name + Status == Name", 'x => (x.Name ?? "") + (x.Status ?? "") == x.Name'),
        ("Day < DateTime.Today", "x => (DateTime)x.Day < DateTime.UtcNow.Date"),
        ("(Urgent ? 1 : 2) == -1", "x => (x.Urgent ? 1 : 2) == -1"),
        ("Rate > 1", "x => x.Rate > 1.0"),
        ("(-Qty).HasValue", "x => -x.Qty != null"),
        ("Lines.Any(l => l.Qty > Qty)", "x => x.Lines.Any(y => y.Qty > x.Qty)"),
        ("new[] {1}.Contains(Qty)", "x => new[] {1}.Contains(x.Qty)"),
        ('State == "Open"', "x => x.State == State.Open"),
    ],
)
def test_the_canonical_text_spells_out_what_is_implied(text, written):
    assert unparse(parse(text, PAYMENT)) == written
    assert parse(written, PAYMENT) == parse(text, PAYMENT)
