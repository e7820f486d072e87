import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography.fernet import Fernet

from integrationhub import keys


def test_a_fresh_clone_gets_keys_that_work(tmp_path):
    made = keys.load_or_create(tmp_path / "var")
    assert len(made["secret_key"]) >= 50
    assert (
        Fernet(made["encryption_key"]).decrypt(Fernet(made["encryption_key"]).encrypt(b"secret")) == b"secret"
    )


def test_keys_are_made_once(tmp_path):
    assert keys.load_or_create(tmp_path) == keys.load_or_create(tmp_path)


def test_two_clones_share_no_key(tmp_path):
    one, other = keys.load_or_create(tmp_path / "one"), keys.load_or_create(tmp_path / "other")
    assert set(one.values()).isdisjoint(other.values())


def test_nobody_else_may_read_the_keys(tmp_path):
    keys.load_or_create(tmp_path / "var")
    assert (tmp_path / "var").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "var" / keys.FILE_NAME).stat().st_mode & 0o777 == 0o600


def test_processes_that_start_together_agree(tmp_path):
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: keys.load_or_create(tmp_path), range(64)))
    assert all(answer == answers[0] for answer in answers)
    assert [path.name for path in tmp_path.iterdir()] == [keys.FILE_NAME]


def test_one_who_comes_second_takes_the_keys_of_the_first(tmp_path, monkeypatch):
    """The race itself: the file appears between the look and the link."""
    path = tmp_path / keys.FILE_NAME
    first = {"secret_key": "s" * 64, "encryption_key": Fernet.generate_key().decode()}
    monkeypatch.setitem(keys._MAKERS, "secret_key", lambda: path.write_text(json.dumps(first)) and "second")
    assert keys.load_or_create(tmp_path) == first
    assert list(tmp_path.iterdir()) == [path]


def test_keys_that_cannot_be_read_are_never_replaced(tmp_path):
    (tmp_path / keys.FILE_NAME).write_text("{")
    with pytest.raises(ValueError, match="line 1"):
        keys.load_or_create(tmp_path)
    assert (tmp_path / keys.FILE_NAME).read_text() == "{"
