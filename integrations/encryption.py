"""Secrets at rest: a text column that holds only ciphertext."""

from functools import cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import FieldError
from django.db import models


class WrongKeyError(Exception):
    """A stored secret cannot be decrypted with any key of HUB_ENCRYPTION_KEYS."""


@cache
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def encrypt(text: str) -> str:
    return _fernet(tuple(settings.HUB_ENCRYPTION_KEYS)).encrypt(text.encode()).decode()


def decrypt(token: str) -> str:
    """The clear text. Raises WrongKeyError, never returns ciphertext."""
    try:
        return _fernet(tuple(settings.HUB_ENCRYPTION_KEYS)).decrypt(token.encode()).decode()
    except InvalidToken:
        raise WrongKeyError(
            "A stored secret does not open with any key of HUB_ENCRYPTION_KEYS;"
            " put the key it was written with back."
        ) from None


def is_current(token: str) -> bool:
    """Whether a stored secret was written with the newest key."""
    newest, *_ = settings.HUB_ENCRYPTION_KEYS
    try:
        _fernet((newest,)).decrypt(token.encode())
    except InvalidToken:
        return False
    return True


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]
    """Text that is encrypted on the way into the database and decrypted on the way out. "" stays ""."""

    def get_prep_value(self, value: Any) -> Any:
        return encrypt(str(value)) if value else value

    def from_db_value(self, value: str | None, expression: object, connection: object) -> str | None:
        return decrypt(value) if value else value

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name != "isnull":
            raise FieldError(f"{self.name} is encrypted and cannot be searched.")
        return super().get_lookup(lookup_name)
