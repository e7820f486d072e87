"""Plants the demo, and touches its records so that they are delivered again."""

import argparse
import json
import os
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError, CommandParser, call_command
from django.utils import timezone

from demo import seed, table
from demo.touching import touch
from integrations.management.migrated import require_migrations


class Command(BaseCommand):
    help = "Make the demo clients, integrations and records, and issue fresh credentials for them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", dest="as_json", help="one JSON object")
        parser.add_argument(
            "--touch", type=read_count, metavar="N", help="only give N random records a new version"
        )

    def handle(self, *args: Any, as_json: bool, touch: int | None, **options: Any) -> None:
        if touch is not None:
            self._touch(touch)
        else:
            self._plant(as_json=as_json)

    def _plant(self, *, as_json: bool) -> None:
        call_command("migrate", interactive=False, verbosity=0)
        url = f"http://127.0.0.1:{settings.ERP_PORT}"
        planted = seed.plant(erp_url=url, erp_moves=is_erp_port_chosen(), now=timezone.now())
        if as_json:
            self.stdout.write(json.dumps(planted.as_json()))
        else:
            self.stdout.write(table.describe(planted, f"http://127.0.0.1:{settings.PORT}"))

    def _touch(self, count: int) -> None:
        require_migrations()
        touched = touch(count, now=timezone.now())
        if not touched:
            raise CommandError("There is nothing to touch. Run hub_demo without --touch first.")
        self.stdout.write(f"{touched} records have a new version")


def is_erp_port_chosen() -> bool:
    """Without a choice the ERP is left where the last command put it."""
    return "ERP_PORT" in os.environ or "PORT" in os.environ


def read_count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text[:9]) <= 1_000_000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to 1000000")
    return int(text)
