"""Running the script of a channel for a message that came in."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import connections

from channels.abilities import Abilities
from channels.models import IntegrationPoint, MessageLog
from channels.scripts import registry
from channels.scripts.contract import Channel, Received, ScriptFailed
from channels.sealing import Letter, unseal
from integrations.encryption import WrongKeyError
from queues.clock import database_now

LEASE = timedelta(seconds=120)
BACKOFF = (5, 60, 300, 1800)
MOST_AT_ONCE = 32
NOTE_LENGTH = 500

log = structlog.get_logger(__name__)
_places = threading.BoundedSemaphore(MOST_AT_ONCE)


class TimedOut(Exception):  # noqa: N818
    """The script has not answered in time; what it does goes on."""


class Busy(Exception):  # noqa: N818
    """Too many scripts of this process have not come to an end."""


def run_in_time(message: MessageLog, point: IntegrationPoint, letter: Letter, *, seconds: float) -> Any:
    """The script's result, within so many seconds. Raises TimedOut, Busy, ScriptFailed."""
    try:
        result = _in_time(lambda: _run(message, point, letter), seconds)
    except TimedOut:
        _finish(message, MessageLog.Outcome.FAILED, f"No answer within {seconds:g} s.", status=504)
        raise
    except Busy:
        _finish(message, MessageLog.Outcome.FAILED, "Too many scripts run at once.", status=503)
        raise
    except ScriptFailed as failure:
        _finish(message, MessageLog.Outcome.FAILED, str(failure), status=422)
        raise
    except Exception as error:
        log.exception("script_crashed", script=point.recv_svcscriptcode, message=message.pk)
        _finish(
            message, MessageLog.Outcome.FAILED, f"The script crashed: {type(error).__name__}.", status=422
        )
        raise ScriptFailed("The script failed. It has been logged.") from None
    _finish(message, MessageLog.Outcome.DONE, "")
    return result


def run_behind(message: MessageLog) -> None:
    """For a hook that was answered already. Whatever comes of it is written on the message."""
    try:
        point = IntegrationPoint.objects.without_secrets().get(pk=message.point_id)
        _run(message, point, unseal(message.sealed))
    except (ScriptFailed, WrongKeyError, IntegrationPoint.DoesNotExist) as failure:
        _finish(message, MessageLog.Outcome.FAILED, str(failure))
    except Exception as error:
        log.exception("script_crashed", point=message.point_id, message=message.pk)
        _retry(message, f"The script crashed: {type(error).__name__}.", database_now())
    else:
        _finish(message, MessageLog.Outcome.DONE, "")


def _run(message: MessageLog, point: IntegrationPoint, letter: Letter) -> Any:
    script = registry.find(point.recv_svcscriptcode)
    if script is None:
        raise ScriptFailed(f"The script {point.recv_svcscriptcode} is not installed.")
    received = Received(
        channel=channel_of(point),
        method=message.method,
        path=letter.path,
        query=letter.query,
        headers=letter.headers,
        body=letter.body,
        sender=message.peer,
        protocol=letter.protocol,
        parameters=point.recv_parameters,
    )
    return script.run(received, Abilities(point, message.pk))


def channel_of(point: IntegrationPoint) -> Channel:
    """Without what is secret: a receiving script needs none of it."""
    return Channel(id=str(point.point_id), code=point.code, type=point.type, url=point.url)


def _in_time(call: Callable[[], Any], seconds: float) -> Any:
    """In a thread of its own: Python has no way to end another's work, but one not to wait for it."""
    if not _places.acquire(blocking=False):
        raise Busy
    ended: list[Callable[[], Any]] = []

    def work() -> None:
        try:
            result = call()
            ended.append(lambda: result)
        except Exception as error:
            raised = error
            ended.append(lambda: _raise(raised))
        finally:
            connections.close_all()
            _places.release()

    thread = threading.Thread(target=work, daemon=True, name="channel script")
    thread.start()
    thread.join(seconds)
    if not ended:
        raise TimedOut
    return ended[0]()


def _raise(error: Exception) -> None:
    raise error


def _retry(message: MessageLog, note: str, now: datetime) -> None:
    if message.attempts > len(BACKOFF):
        _finish(message, MessageLog.Outcome.FAILED, f"Gave up after {message.attempts} attempts. {note}")
        return
    due_at = now + timedelta(seconds=BACKOFF[message.attempts - 1])
    _finish(message, MessageLog.Outcome.RETRYING, note, due_at=due_at)


def _finish(
    message: MessageLog,
    outcome: MessageLog.Outcome,
    note: str,
    *,
    status: int | None = None,
    due_at: datetime | None = None,
) -> None:
    changes = {} if status is None else {"status": status}
    kept = note.replace("\0", "")[:NOTE_LENGTH]
    MessageLog.objects.filter(pk=message.pk).update(outcome=outcome, note=kept, due_at=due_at, **changes)
