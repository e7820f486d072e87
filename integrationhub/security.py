"""Content security policy: strict everywhere, relaxed on the back office only as far as its theme needs."""

from csp.constants import SELF, UNSAFE_EVAL, UNSAFE_INLINE
from csp.middleware import CSPMiddleware, PolicyParts
from django.http import HttpRequest
from django.http.response import HttpResponseBase

# The theme evaluates its Alpine expressions and sets inline styles; the API's pages set inline styles.
_RELAXED = {
    "/admin/": {"script-src": [SELF, UNSAFE_EVAL], "style-src": [SELF, UNSAFE_INLINE]},
    "/docs/": {"script-src": [SELF], "style-src": [SELF, UNSAFE_INLINE]},
}


class ContentSecurityPolicyMiddleware(CSPMiddleware):
    """django-csp's middleware with the policy of the page's own path."""

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        if not report_only:
            relaxed = (policy for path, policy in _RELAXED.items() if request.path_info.startswith(path))
            parts.update = next(relaxed, None)
        return parts
