"""Changing the key that encrypts, with secrets in the database and processes that go on working."""

import pytest
from django.core.management import CommandError, call_command
from django.db.models import TextField, Value

from integrationhub import keys
from integrations import reencryption
from integrations.encryption import decrypt, encrypt, is_current
from integrations.models import System
from tests.cast import make_system


@pytest.fixture
def ring(settings, tmp_path):
    """The keys of an installation of its own."""
    keys.load_or_create(tmp_path)
    settings.DATA_DIR = tmp_path
    settings.HUB_ENCRYPTION_KEYS = keys.KeyRing(tmp_path)
    return settings.HUB_ENCRYPTION_KEYS


@pytest.fixture
def systems(db, ring):
    return [make_system(name=f"System {number}", secret=f"secret {number}") for number in range(3)]


def rotate(capsys, *options):
    call_command("hub_rotate_keys", *options)
    return capsys.readouterr().out


def secrets():
    return list(System.objects.order_by("pk").values_list("secret", flat=True))


def test_all_secrets_get_a_new_key_and_the_old_one_is_retired_later(systems, ring, capsys):
    (old,) = ring
    shown = rotate(capsys)
    assert "integrations.System.secret: 3 seen, 3 encrypted anew" in shown
    assert list(ring)[1:] == [old]
    assert secrets() == ["secret 0", "secret 1", "secret 2"]
    assert reencryption.count_not_current() == 0
    assert "2 keys" in rotate(capsys)
    rotate(capsys, "--retire")
    assert old not in list(ring)
    assert secrets() == ["secret 0", "secret 1", "secret 2"]


def test_a_rotation_that_was_cut_off_goes_on_with_the_same_key(systems, ring, capsys, monkeypatch):
    monkeypatch.setattr(reencryption, "CHUNK", 1)

    def cut_off(progress):
        if progress.changed == 2:
            raise KeyboardInterrupt

    keys.add_encryption_key(ring._path.parent)
    with pytest.raises(KeyboardInterrupt):
        reencryption.reencrypt(cut_off)
    newest, *_ = ring
    assert reencryption.count_not_current() == 1
    with pytest.raises(CommandError, match="1 secrets do not open"):
        rotate(capsys, "--retire")
    assert "integrations.System.secret: 3 seen, 1 encrypted anew" in rotate(capsys)
    assert next(iter(ring)) == newest


def test_what_a_running_process_writes_meanwhile_has_the_new_key_and_stays(systems, ring, monkeypatch):
    written = encrypt("before")
    keys.add_encryption_key(ring._path.parent)
    assert decrypt(written) == "before"
    assert is_current(encrypt("after"))

    def change(token):
        System.objects.filter(pk=systems[0].pk).update(secret="theirs")
        return decrypt(token)

    monkeypatch.setattr(reencryption, "decrypt", change)
    reencryption.reencrypt(lambda progress: None)
    assert secrets()[0] == "theirs"


def test_a_secret_that_opens_with_no_key_is_named_and_stops_no_other(systems, ring, capsys):
    System.objects.filter(pk=systems[1].pk).update(secret=Value("gAAAAnonsense", TextField()))
    with pytest.raises(CommandError, match=rf"System.secret of row {systems[1].pk}\b"):
        rotate(capsys)
    assert reencryption.count_not_current() == 1
    with pytest.raises(CommandError):
        rotate(capsys, "--retire")
    assert len(list(ring)) == 2


@pytest.mark.django_db
def test_keys_from_the_environment_are_changed_there(settings, ring, capsys):
    settings.HUB_ENCRYPTION_KEYS = list(ring)
    with pytest.raises(CommandError, match="put a new one first"):
        rotate(capsys)
    with pytest.raises(CommandError, match="take them out there"):
        rotate(capsys, "--retire")


@pytest.mark.django_db
def test_what_is_derived_from_the_keys_follows(ring, monkeypatch):
    followed = []
    monkeypatch.setattr(reencryption, "followers", [lambda: followed.append(True)])
    reencryption.reencrypt(lambda progress: None)
    assert followed


def test_every_encrypted_column_is_found():
    found = {(model.__name__, column) for model, column in reencryption.encrypted_columns()}
    assert {("System", "secret"), ("ClientIntegration", "secret"), ("KeptAnswer", "body")} <= found


def test_a_key_file_that_is_gone_for_a_moment_takes_no_key_away(ring):
    before = list(ring)
    path = ring._path
    path.rename(path.with_name("elsewhere"))
    assert list(ring) == before
