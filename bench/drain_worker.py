"""`python -m bench.drain_worker`: one real drain process of the hub, behind the gate."""

import time

import django


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

    gated.serve_gate(drain_all)


if __name__ == "__main__":
    main()
