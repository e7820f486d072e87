"""The Celery application that workers run. BENCH_BROKER names the broker."""

import os

from celery import Celery

from bench.rivals import tasks

app = Celery("bench", broker=os.environ["BENCH_BROKER"])
app.conf.update(
    task_ignore_result=True,
    task_acks_late=True,  # at least once, as the hub promises
    worker_prefetch_multiplier=100,
    broker_connection_retry_on_startup=True,
    worker_send_task_events=False,
)
do_nothing = app.task(name="do_nothing")(tasks.do_nothing)
post = app.task(name="post")(tasks.post)
