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


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "this is not JSON"),
        ("{", "this is not JSON"),
        ("\x80\x80", "this is not JSON"),
        ("[]", "this is not an object"),
        ('{"secret_key": "s"}', "encryption_key is missing"),
        ('{"secret_key": "", "encryption_key": "e"}', "secret_key is missing"),
        ('{"secret_key": "s", "encryption_key": 1}', "encryption_key is missing"),
        ('{"secret_key": "s", "encryption_key": "hidden"}', "encryption_key is not a Fernet key"),
    ],
)
def test_broken_keys_end_the_process_with_what_to_do_and_are_never_replaced(tmp_path, text, fault):
    path = tmp_path / keys.FILE_NAME
    path.write_text(text, encoding="latin-1")

    with pytest.raises(SystemExit) as ended:
        keys.load_or_create(tmp_path)

    said = str(ended.value)
    assert said.startswith(f"The keys in {path} are broken: {fault}")
    assert "Restore the file from a backup" in said
    assert "hidden" not in said
    assert path.read_text(encoding="latin-1") == text


def test_keys_whose_file_is_broken_or_gone_for_a_moment_are_still_known(tmp_path):
    path = tmp_path / keys.FILE_NAME
    made = keys.load_or_create(tmp_path)
    ring = keys.KeyRing(tmp_path)
    assert list(ring) == [made["encryption_key"]]

    path.write_text('{"secret_key": ')
    assert list(ring) == [made["encryption_key"]]
    path.unlink()
    assert list(ring) == [made["encryption_key"]]

    newer = f"{Fernet.generate_key().decode()},{made['encryption_key']}"
    path.write_text(json.dumps({**made, "encryption_key": newer}))
    assert len(list(ring)) == 2
