from typing import Any

from integrationhub.wire.odata.registry import VisibleTo


def seen(model: Any, *unread: str) -> VisibleTo:
    """The rows of a model that exist for a caller; `unread` are columns that nothing here needs."""
    return lambda principal: model.objects.visible_to(principal).defer(*unread)
