"""What tokens are found by is keyed as well: a new key makes it anew."""

from channels.models import IntegrationPoint
from channels.tokens import index_of
from integrations.encryption import WrongKeyError


def reindex() -> None:
    """Safe to repeat, and while tokens are changed: theirs are new already."""
    for pk, index in IntegrationPoint.objects.order_by("pk").values_list("pk", "token_index"):
        try:
            token = IntegrationPoint.objects.values_list("token_local", flat=True).get(pk=pk)
        except (IntegrationPoint.DoesNotExist, WrongKeyError):
            continue  # gone meanwhile; or named by the command, since it opens with no key
        IntegrationPoint.objects.filter(pk=pk, token_index=index).update(token_index=index_of(token))
