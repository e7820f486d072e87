import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.summaries import Sample, paired_ratio, percentile, summarise

FINITE = st.floats(min_value=-1e9, max_value=1e9)


def sample(items=100, seconds=1.0, client=0.0, server=None):
    return Sample(items, seconds, client, server)


def test_a_summary_has_the_medians_of_its_rounds():
    summary = summarise([sample(seconds=1, client=0.01), sample(seconds=2, client=0.05), sample(seconds=10)])
    assert (summary.rate, summary.slowest, summary.fastest) == (50, 10, 100)
    assert summary.client_us == pytest.approx(100)
    assert summary.rounds == 3


def test_server_time_counts_only_where_it_was_seen():
    assert summarise([sample(server=0.02), sample()]).server_us == pytest.approx(200)
    assert summarise([sample()]).server_us is None


def test_nothing_measured_is_no_summary():
    with pytest.raises(ValueError, match="nothing was measured"):
        summarise([])


def test_a_ratio_compares_round_with_round():
    fast, slow = [sample(seconds=1), sample(seconds=4)], [sample(seconds=10), sample(seconds=40)]
    assert paired_ratio(fast, slow) == 10
    assert paired_ratio(slow, fast) == pytest.approx(0.1)


def test_rounds_that_have_no_counterpart_are_refused():
    with pytest.raises(ValueError, match="shorter"):
        paired_ratio([sample(), sample()], [sample()])


def test_percentiles_of_a_hundred_values():
    values = list(range(1, 101))
    assert [percentile(values, share) for share in (0.0, 0.5, 0.95, 1.0)] == [1, 50, 95, 100]


def test_there_is_no_percentile_of_nothing():
    with pytest.raises(ValueError, match="nothing was measured"):
        percentile([], 0.5)


@given(st.lists(FINITE, min_size=1), st.floats(min_value=0, max_value=1))
def test_a_percentile_is_a_value_that_the_share_does_not_exceed(values, share):
    found = percentile(values, share)
    assert found in values
    assert sum(value <= found for value in values) >= share * len(values)
