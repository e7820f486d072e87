from datetime import UTC, datetime, timedelta

from queues.supervising.silence import ANYTHING, PATIENCE, Silence

DAY = datetime(2026, 3, 2, tzinfo=UTC)


def hear(silence, now, **signs):
    """`signs`: seconds of the day at which each part was last seen."""
    silence.hear({name: DAY + timedelta(seconds=seconds) for name, seconds in signs.items()}, now)


def test_silence_counts_from_the_beginning():
    silence = Silence()
    silence.begin(1000)

    assert silence.find_broken(1000 + PATIENCE[ANYTHING] - 1) == []
    assert silence.find_broken(1000 + PATIENCE[ANYTHING]) == ["no sign of life for 30 s"]


def test_any_change_is_a_sign_of_life_and_none_is_none():
    silence = Silence()
    silence.begin(1000)
    hear(silence, 1020, pulse=5)
    hear(silence, 1040, pulse=5, drain=1)
    hear(silence, 1060, pulse=5, drain=1)

    assert silence.find_broken(1069) == []
    assert silence.find_broken(1070) == ["no sign of life for 30 s"]


def test_a_part_may_die_alone():
    silence = Silence()
    silence.begin(1000)
    for now in range(1000, 1310, 10):
        hear(silence, now, pulse=now, tick=1 if now < 1100 else 2, result=now if now < 1200 else 0)
        expected = ["no result for 180 s"] if now >= 1380 else []
        assert silence.find_broken(now) == expected

    hear(silence, 1400, pulse=1400, tick=2, result=0)
    assert silence.find_broken(1400) == ["no result for 200 s", "no tick for 300 s"]


def test_a_new_beginning_forgives_everything():
    silence = Silence()
    silence.begin(1000)
    silence.begin(2000)

    assert silence.find_broken(2010) == []
