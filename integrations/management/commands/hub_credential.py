"""Issues keys for software from the command line."""

import json
from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from integrations import credentials
from integrations.errors import Refused
from integrations.management.migrated import require_migrations
from integrations.models import Client, Credential
from integrations.principals import Scope

# The engine's switch is not handed out unless it is asked for.
DEFAULT_SCOPES = (Scope.READ, Scope.WRITE, Scope.OPERATE, Scope.CHANNELS)


class Command(BaseCommand):
    help = "hub_credential create: issue a key. Its secret is shown this once."

    def add_arguments(self, parser: CommandParser) -> None:
        create = parser.add_subparsers(dest="verb", required=True, metavar="create").add_parser("create")
        holder = create.add_mutually_exclusive_group(required=True)
        holder.add_argument("--client", metavar="CODE", help="for software that acts for this client")
        holder.add_argument("--staff", action="store_true", help="for software that acts for staff")
        create.add_argument("--scheme", choices=Credential.Scheme.values, required=True)
        create.add_argument(
            "--scopes",
            nargs="+",
            choices=[scope.value for scope in Scope if scope != Scope.STAFF],
            default=[scope.value for scope in DEFAULT_SCOPES],
            metavar="SCOPE",
            help="of %(choices)s; else %(default)s",
        )
        create.add_argument("--note", default="", help="what the key is for")
        create.add_argument("--json", action="store_true", dest="as_json", help="one JSON object")

    def handle(
        self,
        *args: Any,
        client: str | None,
        scheme: str,
        scopes: list[str],
        note: str,
        as_json: bool,
        **options: Any,
    ) -> None:
        require_migrations()
        holder = _find(client) if client is not None else None
        granted = scopes if holder else [*scopes, Scope.STAFF]
        try:
            issued = credentials.issue(scheme, now=timezone.now(), client=holder, scopes=granted, note=note)
        except Refused as error:
            raise CommandError(error.message) from None
        answer = describe(issued)
        lines = [f"{name}: {value}" for name, value in answer.items()]
        self.stdout.write(json.dumps(answer) if as_json else "\n".join(lines))


def describe(issued: credentials.Issued) -> dict[str, str]:
    """`{"scheme", "secret", "username"?, "client"?}`; the secret is what the caller presents."""
    credential = issued.credential
    answer = {"scheme": credential.scheme, "secret": issued.token}
    if credential.scheme == Credential.Scheme.BASIC:
        answer["username"] = credential.prefix
    if credential.client is not None:
        answer["client"] = credential.client.code
    return answer


def _find(code: str) -> Client:
    try:
        return Client.objects.get(code=code)
    except Client.DoesNotExist:
        known = ", ".join(Client.objects.values_list("code", flat=True)[:20]) or "none yet"
        raise CommandError(f"There is no client {code!r}; there are: {known}.") from None
