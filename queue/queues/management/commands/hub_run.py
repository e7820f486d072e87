"""The one foreground process of an installation: prepares it, starts its programs and keeps them running."""

import argparse
import contextlib
import signal
from collections.abc import Callable, Iterator
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import BaseCommand, CommandError, CommandParser
from django.db import InterfaceError, OperationalError, connections
from django.utils import timezone

from demo import seed, table
from queues.supervising import preflight
from queues.supervising.installation import Installation, choose_erp_port
from queues.supervising.preflight import PreflightError
from queues.supervising.supervisor import Supervisor
from queues.supervising.watchdog import Watchdog

HIGHEST_PORT = 65534


class Command(BaseCommand):
    help = "Run the hub in the foreground: web and cluster, watched and restarted. Ctrl-C stops it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--port", type=read_port, default=settings.PORT, help="of the web server; else PORT"
        )
        parser.add_argument("--bind", metavar="HOST", default="127.0.0.1", help="address of the web server")
        parser.add_argument("--demo", action="store_true", help="with demo data and the demo ERP")

    def handle(self, *args: Any, bind: str, port: int, demo: bool, **options: Any) -> None:
        place = Installation(bind, port, choose_erp_port(port) if demo else None)
        with contextlib.ExitStack() as held:  # the lock of the data directory, until all has ended
            planted = self._bring_up(place, held, demo=demo)
            supervisor = Supervisor(
                place.make_programs(erp_bearer=planted.erp_bearer if planted else None),
                watchdog=Watchdog(self._say),
                say=self._say,
            )
            greeting = table.describe(planted, place.url) if planted else welcome(place.url)
            connections.close_all()
            supervisor.run(each_round=once(place.is_answering, lambda: self._say(greeting)))

    def _bring_up(
        self, place: Installation, held: contextlib.ExitStack, *, demo: bool
    ) -> seed.Planted | None:
        try:
            with interruptible():
                place.check()
                held.enter_context(preflight.claim_data_dir(settings.DATA_DIR))
                place.prepare(self._say)
                return self._plant(place) if demo else None
        except PreflightError as error:
            raise CommandError(str(error)) from None
        except (OperationalError, InterfaceError) as error:
            reason = str(error).strip().partition("\n")[0]
            raise CommandError(
                f"The database failed during the preparation: {reason}. Start again."
            ) from error
        except KeyboardInterrupt:
            raise CommandError("Stopped before anything was started.", returncode=130) from None

    def _plant(self, place: Installation) -> seed.Planted:
        self._say("planting the demo data")
        return seed.plant(erp_url=place.erp_url, erp_moves=True, now=timezone.now())

    def _say(self, line: str) -> None:
        # A closed terminal must not take the hub with it.
        with contextlib.suppress(OSError):
            self.stdout.write(f"{timezone.localtime():%H:%M:%S} {line}")
            self.stdout.flush()


def welcome(url: str) -> str:
    """Where the back office is, and how the first of its people comes to be."""
    place = f"the back office is {url}/admin/"
    if User.objects.filter(is_staff=True, is_active=True).exists():
        return place
    return f"{place}\nNobody may sign in there yet; this makes the first user: manage.py createsuperuser"


def read_port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text[:6]) <= HIGHEST_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port from 1 to {HIGHEST_PORT}")
    return int(text)


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """SIGTERM is an interrupt like Ctrl-C."""
    previous = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)


def once(condition: Callable[[], bool], act: Callable[[], None]) -> Callable[[], None]:
    """A function that acts at its first call with the condition true, and never again."""
    done = False

    def attempt() -> None:
        nonlocal done
        if not done and condition():
            done = True
            act()

    return attempt
