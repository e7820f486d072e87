import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.mod97 import is_valid, make_creditor_reference, make_iban

DIGITS = st.text("0123456789", min_size=1, max_size=20)


def test_a_published_example_gets_its_check_digits():
    assert make_iban("DE", "370400440532013000") == "DE89370400440532013000"
    assert make_iban("GB", "WEST12345698765432") == "GB82WEST12345698765432"
    assert make_creditor_reference("539007547034") == "RF18539007547034"


@given(country=st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=2, max_size=2), account=DIGITS)
def test_every_code_made_is_valid(country: str, account: str):
    assert is_valid(make_iban(country, account))
    assert is_valid(make_creditor_reference(account))


@given(account=DIGITS, data=st.data())
def test_one_wrong_digit_is_noticed(account: str, data: st.DataObject):
    iban = make_iban("DE", account)
    position = data.draw(st.integers(2, len(iban) - 1))
    wrong = data.draw(st.sampled_from("0123456789").filter(lambda digit: digit != iban[position]))

    assert not is_valid(iban[:position] + wrong + iban[position + 1 :])


@pytest.mark.parametrize(
    "text", ["", "DE", "DE89", "de89370400440532013000", "DE89 3704 0044 0532 0130 00", "ÄÖ001"]
)
def test_what_has_not_the_shape_of_a_code_is_not_valid(text: str):
    assert not is_valid(text)
