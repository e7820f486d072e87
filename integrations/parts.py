"""What definitions are built from: systems, actions and schedules."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q

from integrationhub.wire.transport import check_url
from integrations import publishing, sign_ins
from integrations.activation import align
from integrations.cleaning import clean
from integrations.errors import Conflict, Refused
from integrations.models import Action, ClientIntegration, Schedule, System
from integrations.ownership import check_may_change
from integrations.principals import Principal

Part = Action | Schedule | System


def save(part: Part, *, by: Principal, now: datetime) -> None:
    """Check and save a part, new or changed; a changed schedule moves the next runs of all who follow it,
    and a changed system is tried anew.

    Raises Refused, NotAllowed or Conflict; nothing is saved then.
    """
    check_may_change(part, by)
    clean(part)
    _check(part)
    if part.pk is not None:
        part.row_version += 1
    try:
        with transaction.atomic():
            part.save()
            if isinstance(part, Schedule):
                align(_followers(part), now=now)
            elif isinstance(part, System):
                sign_ins.tell_changed(part.pk, None)
    except IntegrityError:
        raise Conflict("Another one has taken the name meanwhile.", field="name") from None


def _check(part: Part) -> None:
    if isinstance(part, Action):
        publishing.check_action(part)
    elif isinstance(part, System):
        try:
            check_url(part.base_url)
        except ValueError as error:
            raise Refused(str(error), field="base_url") from None


def _followers(schedule: Schedule) -> Any:
    of_default = Q(schedule=None, integration__schedule=schedule)
    return ClientIntegration.objects.filter(Q(schedule=schedule) | of_default)
