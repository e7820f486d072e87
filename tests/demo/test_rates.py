from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demo.rates import RatesFileError, read_rates
from demo.rules import refuse


def test_the_demo_has_21507_rates_each_with_an_id_of_its_own():
    rates = list(read_rates())

    assert len(rates) == 21_507
    assert len({rate["Id"] for rate in rates}) == 21_507


def test_the_first_rate_reads_as_the_ecb_published_it():
    first = next(read_rates())

    assert first == {
        "Id": "2024-01-02/USD",
        "Date": "2024-01-02",
        "Currency": "USD",
        "Rate": Decimal("1.0956"),
        "PublishedOn": datetime(2024, 1, 2, 15, tzinfo=UTC),
    }


def test_rates_are_published_at_16_in_frankfurt_in_summer_and_winter():
    offsets = {rate["Date"]: rate["PublishedOn"].utcoffset() for rate in read_rates()}

    assert {rate["PublishedOn"].hour for rate in read_rates()} == {16}
    assert offsets["2024-01-02"] == timedelta(hours=1)
    assert offsets["2024-07-01"] == timedelta(hours=2)


def test_the_erp_refuses_a_handful_of_the_real_rates():
    refusals = [refuse("ExchangeRate", rate) for rate in read_rates()]
    rules = Counter(refusal.rule for refusal in refusals if refusal)

    assert rules == {"RATE-2": 9}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "line 1: the columns are []"),
        ("Date,Currency\n", "line 1: the columns are ['Date', 'Currency']"),
        ("Date,Currency,Rate\n2024-01-02,USD\n", "line 2: 2 columns instead of 3"),
        ("Date,Currency,Rate\n2024-01-02,USD,1.1\n02.01.2024,USD,1\n", "line 3: Date '02.01.2024'"),
        ("Date,Currency,Rate\n2024-01-02,ISK,N/A\n", "line 2: Rate 'N/A' is not a number"),
        ("Date,Currency,Rate\n2024-01-02,ISK,NaN\n", "line 2: Rate 'NaN' is not above zero"),
        ("Date,Currency,Rate\n2024-01-02,ISK,-1\n", "line 2: Rate '-1' is not above zero"),
    ],
)
def test_a_broken_file_is_reported_with_line_and_column(tmp_path: Path, text: str, complaint: str):
    path = tmp_path / "rates.csv"
    path.write_text(text)

    with pytest.raises(RatesFileError) as caught:
        list(read_rates(path))

    assert complaint in str(caught.value)
    assert "rates.csv" in str(caught.value)


@settings(deadline=None)
@given(
    rows=st.lists(
        st.tuples(st.dates(), st.sampled_from(["USD", "JPY"]), st.decimals("0.0001", 99999, places=4))
    )
)
def test_what_is_written_is_what_is_read(tmp_path_factory: pytest.TempPathFactory, rows):
    path = tmp_path_factory.mktemp("rates") / "rates.csv"
    path.write_text("Date,Currency,Rate\n" + "".join(f"{day},{code},{rate}\n" for day, code, rate in rows))

    read = [(rate["PublishedOn"].date(), rate["Currency"], rate["Rate"]) for rate in read_rates(path)]

    assert read == rows
