"""Telling staff what they have to know, besides writing it down where they look."""

import structlog
from django.conf import settings
from django.contrib.auth.models import User
from django.core.mail import EmailMessage

log = structlog.get_logger(__name__)


def tell_staff(subject: str, text: str) -> None:
    """A mail to each member of staff who has an address, where a mail server is set. Never raises."""
    if not settings.EMAIL_HOST:
        return
    staff = User.objects.filter(is_staff=True, is_active=True).exclude(email="")
    addresses = list(staff.values_list("email", flat=True))
    if not addresses:
        return
    try:
        EmailMessage(" ".join(subject.split()), text, bcc=addresses).send()
    except OSError as error:  # SMTPException is one
        log.warning("notice_not_sent", error=type(error).__name__)
