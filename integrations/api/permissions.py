"""What a credential may be used for."""

from collections.abc import Mapping
from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from integrations.api.authentication import caller
from integrations.principals import Scope


class HasScope(BasePermission):
    """Reading needs `read`, all else `write`, unless the view's `scopes` names another for its action."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if request.auth is None:
            return False
        scope = self._needed(request, view)
        self.message = f"The credential lacks the scope {scope}."
        return caller(request).may(scope)

    @staticmethod
    def _needed(request: Request, view: Any) -> str:
        scopes: Mapping[str, str] = getattr(view, "scopes", {})
        of_method = Scope.READ if request.method in ("GET", "HEAD") else Scope.WRITE
        return scopes.get(getattr(view, "action", None) or "", of_method)
