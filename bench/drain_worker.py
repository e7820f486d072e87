"""`python -m bench.drain_worker`: one real drain process of the hub, behind the gate."""

import time

import django


def start_up() -> None:
    """What a process does once and then works for hours: it learns the language of filters."""
    from integrations.models import ClientIntegration
    from queues.plans import make_plans

    make_plans(ClientIntegration.objects.runnable().values_list("pk", flat=True))


def drain_all() -> int:
    """Until no row is due any more, here or in another process."""
    from bench.world import count_open
    from queues.draining import drain

    finished = 0
    while count_open():
        if done := drain(seconds=45, wait=False):
            finished += done
        else:
            time.sleep(0.005)  # the last rows are in other hands
    return finished


def main() -> None:
    django.setup()
    from bench import gated

    start_up()
    gated.serve_gate(drain_all)


if __name__ == "__main__":
    main()
