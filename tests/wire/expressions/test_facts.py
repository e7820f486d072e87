import pytest

from integrationhub.wire.expressions.facts import (
    has_date_bound,
    property_names,
    reads_clock,
    reads_navigation,
)
from integrationhub.wire.expressions.linq import parse

from .payments import PAYMENT


@pytest.mark.parametrize(
    ("text", "clock", "navigation", "bound"),
    [
        ("Amount > 1", False, False, False),
        ("DueOn < DateTime.UtcNow.AddDays(-1)", True, False, True),
        ("Day >= DateTime.Today", True, False, True),
        ("DueOn < new DateTime(2024, 1, 1)", False, False, True),
        ("Day == DateTime.Today", True, False, True),
        ("DueOn != DateTime.UtcNow", True, False, False),
        ("DueOn == null", False, False, False),
        ("(DateTime.UtcNow - DueOn).TotalDays < 30", True, False, True),
        ("Lines.Any(l => l.Qty > 1)", False, True, False),
        ("Lines.Count > 1", False, True, False),
    ],
)
def test_an_expression_says_what_it_depends_on(text, clock, navigation, bound):
    tree = parse(text, PAYMENT)
    assert (reads_clock(tree), reads_navigation(tree), has_date_bound(tree)) == (clock, navigation, bound)


def test_an_expression_names_the_properties_of_the_tested_row_alone():
    tree = parse('Amount > qty && Lines.Any(l => l.Text == Name) && Status == "Count"', PAYMENT)
    assert property_names(tree) == {"Amount", "Qty", "Lines", "Name", "Status"}
