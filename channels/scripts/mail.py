"""Mail through the server that staff have set."""

from smtplib import SMTPException, SMTPRecipientsRefused

from django.conf import settings
from django.core.mail import EmailMessage

from channels.scripts.contract import ScriptFailed


def send(url: str, *, subject: str, text: str, key: str) -> None:
    """Raises ScriptFailed where no retry would help, and OSError where one may.

    The key makes the Message-ID, so that mail programs show one message that came twice once.
    """
    scheme, _, address = url.partition(":")
    if scheme.lower() != "mailto" or not address:
        raise ScriptFailed("The channel's url names no address: mailto:name@example.com")
    if not settings.EMAIL_HOST:
        raise ScriptFailed("No mail server is set: HUB_EMAIL_URL.")
    headers = {"Message-ID": f"<{key}@integrationhub>"}
    mail = EmailMessage(" ".join(subject.split()), text, to=[address], headers=headers)
    try:
        mail.send()
    except SMTPRecipientsRefused:
        raise ScriptFailed("The mail server refuses the address.") from None
    except SMTPException as error:
        raise OSError(f"The mail server failed: {type(error).__name__}.") from None
