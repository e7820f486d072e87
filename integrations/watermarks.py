"""How far the scans of a ClientIntegration have come, and going back to the beginning."""

from datetime import datetime

from django.db import transaction
from django.db.models import F

from integrations import auditing
from integrations.models import ClientIntegration
from integrations.ownership import check_acts_for, check_scope
from integrations.principals import Principal, Scope


def reset(activation: ClientIntegration, *, now: datetime, by: Principal) -> None:
    """The next run looks at all rows again. What the ledger has settled stays settled."""
    check_scope(by, Scope.OPERATE)
    check_acts_for(activation.client_id, by)
    with transaction.atomic():
        rows = ClientIntegration.objects.select_for_update(of=("self",)).filter(pk=activation.pk)
        scanned_to = rows.values_list("scanned_to", flat=True).get()
        rows.update(scanned_to=None, scanned_as="", updated_on=now, row_version=F("row_version") + 1)
        auditing.note("reset watermark", activation, by=by, now=now, scanned_to=scanned_to)
    activation.refresh_from_db(fields=["scanned_to", "scanned_as", "updated_on", "row_version"])
