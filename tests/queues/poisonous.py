"""`python -m tests.queues.poisonous`: a drain whose handler kills its own process at the payment P-7."""

import os
import signal

import django

django.setup()

from django.core.management import call_command

from queues import handlers
from queues.handlers import Work
from queues.outcomes import Done, Outcome
from tests.queues.engine import Script


class Poison(Script):
    def call(self, work: Work) -> Outcome:
        if work.row.item_name == "P-7":
            os.kill(os.getpid(), signal.SIGKILL)
        return Done()


if __name__ == "__main__":
    handlers.register("test.poison", Poison())
    call_command("hub_drain", loop=True)
