from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from simple_history.admin import SimpleHistoryAdmin


class HistoryAdmin(SimpleHistoryAdmin):  # type: ignore[misc]
    """Pages with every version of a row, and a way back to each."""

    def history_form_view(
        self,
        request: HttpRequest,
        object_id: str,
        version_id: str,
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        # The library lets everybody who may look at an old version also bring it back.
        if request.method == "POST" and not self.has_change_permission(request):
            raise PermissionDenied
        # Nor does the theme's link to the history find its way from here.
        own = {"show_history": False, **(extra_context or {})}
        page: HttpResponse = super().history_form_view(request, object_id, version_id, own)
        return page
