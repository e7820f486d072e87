import signal

import pytest
from django.core.management import call_command
from django.db import OperationalError

from queues.management.commands import hub_drain
from tests.queues.engine import run_tick, states, store

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def handlers_as_before():
    previous = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in previous.items():
        signal.signal(number, handler)


@pytest.fixture
def turns(monkeypatch):
    """What the turns of the drain do, one after the other: a number of items, an error, or a call."""
    steps, seen = [], []

    def drain(*, seconds, stop, wait):
        seen.append(wait)
        step = steps.pop(0)
        if isinstance(step, Exception):
            raise step
        if callable(step):
            assert not stop()
            step()
            assert stop()
            return 1
        return step

    monkeypatch.setattr(hub_drain, "drain", drain)
    monkeypatch.setattr(hub_drain, "PAUSE_SECONDS", 0)
    monkeypatch.setattr(hub_drain, "AWAY_SECONDS", 0)
    return steps, seen


def terminate():
    signal.raise_signal(signal.SIGTERM)


def interrupt():
    signal.raise_signal(signal.SIGINT)


def test_without_a_loop_it_ends_when_nothing_is_due(turns, capsys):
    steps, seen = turns
    steps += [200, 35, 0]

    call_command("hub_drain")

    assert capsys.readouterr().out == "235 items finished\n"
    assert seen == [False, False, False]


@pytest.mark.parametrize("stop", [terminate, interrupt])
def test_a_loop_goes_on_until_a_signal_and_finishes_its_turn(turns, capsys, stop):
    steps, seen = turns
    steps += [0, 20, 0, stop]

    call_command("hub_drain", loop=True)

    assert capsys.readouterr().out == f"{hub_drain.WELCOME}\n21 items finished\n"
    assert seen == [False] * 4


def test_a_signal_that_comes_before_the_first_turn_is_heard(turns, capsys, monkeypatch):
    monkeypatch.setattr(hub_drain, "require_migrations", terminate)

    call_command("hub_drain", loop=True)

    assert capsys.readouterr().out == f"{hub_drain.WELCOME}\n0 items finished\n"


def test_a_signal_ends_it_without_a_loop_too(turns, capsys):
    steps, _ = turns
    steps += [5, terminate]

    call_command("hub_drain")

    assert capsys.readouterr().out == "6 items finished\n"


def test_a_loop_outlives_the_database_and_says_so_once(turns, capsys, monkeypatch):
    steps, _ = turns
    monkeypatch.setattr(hub_drain.connection, "close", lambda: None)
    steps += [OperationalError("refused\nIs it running?"), OperationalError("refused"), 7, terminate]

    call_command("hub_drain", loop=True)

    output = capsys.readouterr()
    assert output.out == f"{hub_drain.WELCOME}\n8 items finished\n"
    assert output.err == "the database is away, waiting for it: refused\n"


def test_it_works_off_what_is_due(activation, time, script, capsys):
    store(activation, 1, time=time)
    store(activation, 2, time=time)
    run_tick(time)

    call_command("hub_drain")

    assert capsys.readouterr().out == "2 items finished\n"
    assert set(states().values()) == {"Succeeded"}
