"""What dead letters say, put together."""

from datetime import UTC, datetime, timedelta

from queues.reasons import SHOWN, group

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def test_items_that_have_the_same_trouble_are_one_reason_though_each_names_itself():
    said = ["401: who are you?"] * 3 + [f"422: the creditor's account LU{n} is closed" for n in (42, 17)]
    moments = [NOW + timedelta(minutes=number) for number in range(len(said))]
    assert [
        (reason.text, reason.count, reason.since, reason.until)
        for reason in group(zip(said, moments, strict=True))
    ] == [
        ("401: who are you?", 3, moments[0], moments[2]),
        ("422: the creditor's account", 2, moments[3], moments[4]),
    ]


def test_each_reason_is_where_its_messages_begin():
    for message in ("404: no", "500: 7 errors", "x" * 300, "Gave up after 7 attempts. 503: busy", ""):
        (reason,) = group([(message, NOW)])
        assert message.startswith(reason.text)
        assert (reason.text == "") == (message == "")


def test_of_many_reasons_the_most_frequent_are_told():
    said = [f"{'a' * number}: no" for number in range(20) for _ in range(number + 1)]
    reasons = group((message, NOW) for message in said)
    assert [reason.count for reason in reasons] == list(range(20, 20 - SHOWN, -1))
    assert group([(None, NOW)])[0].text == ""
