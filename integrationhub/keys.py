"""Keys the hub needs and a fresh clone lacks: made once, kept in the data directory, mode 600."""

import contextlib
import json
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from cryptography.fernet import Fernet

FILE_NAME = "keys.json"

_MAKERS: dict[str, Callable[[], str]] = {
    "secret_key": lambda: secrets.token_urlsafe(64),
    "encryption_key": lambda: Fernet.generate_key().decode(),
}


def load_or_create(data_dir: Path) -> dict[str, str]:
    """The keys of this installation: `{"secret_key", "encryption_key"}`.

    Ends the process with a message when the data directory cannot be used: nothing works without keys.
    Two processes that start together on a fresh clone agree on one file: the first link wins.
    """
    path = data_dir / FILE_NAME
    try:
        if not path.exists():
            _create(path)
        keys: dict[str, str] = json.loads(path.read_text())
    except OSError as error:
        raise SystemExit(
            f"The keys in {path} cannot be read or written: {error.strerror}."
            " Set HUB_DATA_DIR to a directory that this user may write."
        ) from None
    return keys


def _create(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f"{FILE_NAME}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump({name: make() for name, make in _MAKERS.items()}, file)
        file.flush()
        os.fsync(file.fileno())
    with contextlib.suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()
