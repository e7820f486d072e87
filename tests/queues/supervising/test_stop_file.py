import shutil
from pathlib import Path

import pytest

from queues.supervising.stop_file import StopFile
from queues.tasks import STOP_FILE, stop_requested


@pytest.fixture
def stop_file(monkeypatch):
    """As a task of the program finds it."""
    stop_file = StopFile()
    for name, value in stop_file.environment.items():
        monkeypatch.setenv(name, value)
    yield stop_file
    stop_file.remove()


def test_a_task_is_asked_to_end_until_the_file_is_taken_up_again(stop_file):
    assert not stop_requested()
    stop_file.put_down()
    assert stop_requested()
    stop_file.take_up()
    stop_file.take_up()
    assert not stop_requested()


def test_a_directory_that_was_swept_away_is_made_again(stop_file):
    shutil.rmtree(Path(stop_file.environment[STOP_FILE]).parent)
    stop_file.take_up()
    stop_file.put_down()
    assert stop_requested()


def test_a_file_that_cannot_be_made_stops_nobody(stop_file):
    directory = Path(stop_file.environment[STOP_FILE]).parent
    directory.rmdir()
    directory.touch()
    stop_file.put_down()
    assert not stop_requested()
    directory.unlink()
