"""Keys the hub needs and a fresh clone lacks: made once, kept in the data directory, mode 600.

`encryption_key` may hold several keys, the newest first, commas between: as HUB_ENCRYPTION_KEYS has them.
"""

import contextlib
import json
import os
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

from cryptography.fernet import Fernet

FILE_NAME = "keys.json"

_MAKERS: dict[str, Callable[[], str]] = {
    "secret_key": lambda: secrets.token_urlsafe(64),
    "encryption_key": lambda: Fernet.generate_key().decode(),
}


def load_or_create(data_dir: Path) -> dict[str, str]:
    """The keys of this installation: `{"secret_key", "encryption_key"}`.

    Ends the process with a message when the data directory cannot be used or the file in it is broken, for
    nothing works without keys. A broken file is never replaced: what its key has encrypted would be lost.
    Two processes that start together on a fresh clone agree on one file: the first link wins.
    """
    path = data_dir / FILE_NAME
    try:
        if not path.exists():
            _create(path)
        return _read(path)
    except OSError as error:
        raise SystemExit(
            f"The keys in {path} cannot be read or written: {error.strerror}."
            " Set HUB_DATA_DIR to a directory that this user may write."
        ) from None
    except ValueError as error:
        raise SystemExit(
            f"The keys in {path} are broken: {error}."
            " Restore the file from a backup: without its encryption key the secrets in the database cannot"
            " be read. Where nothing has been stored yet, delete the file, and new keys are made."
        ) from None


def _read(path: Path) -> dict[str, str]:
    """Raises ValueError, whose text tells none of the keys."""
    try:
        keys = json.loads(path.read_bytes())
    except ValueError:
        raise ValueError("this is not JSON") from None
    if not isinstance(keys, dict):
        raise ValueError("this is not an object")  # noqa: TRY004  (the file is wrong, not a program)
    for name in _MAKERS:
        if not isinstance(keys.get(name), str) or not keys[name]:
            raise ValueError(f"{name} is missing")
    try:
        for key in keys["encryption_key"].split(","):
            Fernet(key)
    except ValueError:
        raise ValueError("encryption_key is not a Fernet key, 32 bytes in URL-safe Base64") from None
    return keys


class KeyRing:
    """The encryption keys in the file as they are now, so that running processes notice when they change."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / FILE_NAME
        self._seen = 0
        self._keys: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[str]:
        # A file that is gone or half-written for a moment takes no key from anyone.
        with contextlib.suppress(OSError, ValueError):
            changed = self._path.stat().st_mtime_ns
            if changed != self._seen:
                self._keys = tuple(_read(self._path)["encryption_key"].split(","))
                self._seen = changed
        return iter(self._keys)


def add_encryption_key(data_dir: Path) -> None:
    """From now on a new key encrypts; the ones there are go on decrypting."""
    path = data_dir / FILE_NAME
    keys = _read(path)
    keys["encryption_key"] = f"{_MAKERS['encryption_key']()},{keys['encryption_key']}"
    os.replace(_write_draft(path, keys), path)


def retire_encryption_keys(data_dir: Path) -> None:
    """All but the newest go: what was written with them cannot be read any more."""
    path = data_dir / FILE_NAME
    keys = _read(path)
    keys["encryption_key"] = keys["encryption_key"].partition(",")[0]
    os.replace(_write_draft(path, keys), path)


def _create(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = _write_draft(path, {name: make() for name, make in _MAKERS.items()})
    with contextlib.suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()


def _write_draft(path: Path, keys: dict[str, str]) -> Path:
    draft = path.with_name(f"{FILE_NAME}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(keys, file)
        file.flush()
        os.fsync(file.fileno())
    return draft
