"""Changes the key that stored secrets are encrypted with, while the hub runs."""

from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError, CommandParser

from integrationhub import keys
from integrations import reencryption
from integrations.management.migrated import require_migrations
from integrations.reencryption import Progress


class Command(BaseCommand):
    help = (
        "Encrypt all stored secrets with a new key. Cut off, it goes on when it is run again. Run it with"
        " --retire a while later, so that the old key can go."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--retire", action="store_true", help="forget the old keys, once none is needed")

    def handle(self, *args: Any, retire: bool, **options: Any) -> None:
        require_migrations()
        if retire:
            self._retire()
        else:
            self._rotate()

    def _rotate(self) -> None:
        known = len(tuple(settings.HUB_ENCRYPTION_KEYS))
        if known == 1:
            _check_file("put a new one first there")
            keys.add_encryption_key(settings.DATA_DIR)
            self.stdout.write("A new key encrypts from now on.")
        else:
            self.stdout.write(f"There are {known} keys: the first one is the new one.")
        done = reencryption.reencrypt(self._tell)
        if lost := [f"{each.column} of row {pk}" for each in done for pk in each.unreadable]:
            shown = ", ".join(lost[:20])
            raise CommandError(f"{len(lost)} secrets open with none of the keys: {shown}. Enter them again.")
        self.stdout.write(
            "All secrets have the new key. Run hub_rotate_keys --retire in ten minutes or later."
        )

    def _tell(self, progress: Progress) -> None:
        self.stdout.write(f"{progress.column}: {progress.seen} seen, {progress.changed} encrypted anew")

    def _retire(self) -> None:
        if waiting := reencryption.count_not_current():
            raise CommandError(f"{waiting} secrets do not open with the new key. Run hub_rotate_keys first.")
        _check_file("no old one is needed any more, take them out there")
        keys.retire_encryption_keys(settings.DATA_DIR)
        self.stdout.write("Only the new key is left.")


def _check_file(advice: str) -> None:
    if not isinstance(settings.HUB_ENCRYPTION_KEYS, keys.KeyRing):
        raise CommandError(f"The keys come from HUB_ENCRYPTION_KEYS: {advice}, on every machine.")
