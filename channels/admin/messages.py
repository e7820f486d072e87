from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
)

from channels import replaying
from channels.models import MessageLog
from channels.outgoing import secrets_of
from channels.sealing import unseal
from integrations.admin.bases import ReadOnlyAdmin
from integrations.admin.columns import block, column, shortened
from integrations.admin.moments import MomentsFilter
from integrations.admin.verbs import Verb, VerbsAdmin
from integrations.encryption import WrongKeyError

_COLOURS = {
    MessageLog.Outcome.STORED: "success",
    MessageLog.Outcome.WAITING: "info",
    MessageLog.Outcome.DONE: "success",
    MessageLog.Outcome.RETRYING: "warning",
    MessageLog.Outcome.FAILED: "danger",
    MessageLog.Outcome.REFUSED: "danger",
}
_SECRETS = ("token_local", "token_remote", "token_remote2", "signing_secret", "old_signing_secret")


@admin.register(MessageLog)
class MessageLogAdmin(VerbsAdmin, ReadOnlyAdmin):
    """What came in and went out. Bodies are shown redacted, on the page of one message alone."""

    none_yet = "What comes in and goes out through channels is listed here."
    verbs = {"replay": Verb("Replay", "to be handled again", replaying.replay, fits=replaying.is_replayable)}
    list_display = ["on", "way", "channel", "client", "peer", "size", "result", "status", "reason"]
    list_filter = [
        ("direction", ChoicesDropdownFilter),
        ("outcome", ChoicesDropdownFilter),
        ("point", AutocompleteSelectFilter),
        ("client", AutocompleteSelectFilter),
        ("on", MomentsFilter),
    ]
    list_disable_select_all = True
    search_fields = ["external_id"]
    search_help_text = "The sender's own id of the message."
    ordering = ["-id"]
    sortable_by: list[str] = []
    fields = [
        "point", "client", "direction", "on", "peer", "method", "size", "outcome", "status", "note",
        "external_id", "attempts", "due_at", "item", "content",
    ]  # fmt: skip
    readonly_fields = ["content"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[MessageLog]:
        rows: QuerySet[MessageLog] = super().get_queryset(request).select_related("point", "client", "item")
        return rows.defer("sealed", *(f"point__{name}" for name in _SECRETS))

    @column("Way")
    def way(self, message: MessageLog) -> str:
        return message.get_direction_display()

    @column("Channel")
    def channel(self, message: MessageLog) -> str:
        return str(message.point)

    @column("Outcome", label=_COLOURS)
    def result(self, message: MessageLog) -> tuple[str, str]:
        return message.outcome, message.get_outcome_display()

    @column("Note")
    def reason(self, message: MessageLog) -> Any:
        return shortened(message.note)

    @column("Content")
    def content(self, message: MessageLog) -> str | None:
        try:
            if not message.sealed:
                return None
            return block(unseal(message.sealed).redacted(secrets_of(message.point)))
        except WrongKeyError as error:
            return str(error)
