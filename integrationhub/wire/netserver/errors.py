"""What NetServer answers when it does not do what it was asked."""

from rest_framework.response import Response

from integrationhub.wire.netserver.media import Answer

SOURCE = "SuperOffice.Services.Implementation"
RESTRICTED = "Online restricted: the credential may not use the ErpSync agent (scope erpsync)."

_TYPES = {
    400: "ArgumentException",
    401: "SoSessionException",
    403: "SoRightsException",
    404: "SoNotFoundException",
    405: "NotSupportedException",
    409: "InvalidOperationException",
    413: "ArgumentException",
    415: "NotSupportedException",
    501: "NotImplementedException",
}


def error_object(status: int, message: str) -> Answer:
    """Agents name the text `Message`, REST pages `ErrorMessage`: both are there."""
    kind = _TYPES.get(status, "SoException")
    named = {
        "Error": True,
        "ErrorType": kind,
        "Message": message,
        "ErrorMessage": message,
        "ErrorSource": SOURCE,
    }
    return Answer(named, "ErrorObject")


def reshaped(problem: Response) -> Response:
    """A problem (RFC 9457) as NetServer words it; its status and headers stay."""
    headers = {name: problem[name] for name in ("WWW-Authenticate", "Retry-After") if name in problem}
    errors = problem.data.get("errors", [])
    message = "; ".join(_told(error) for error in errors) or problem.data["detail"]
    return Response(error_object(problem.status_code, message), problem.status_code, headers=headers)


def failure() -> Response:
    return Response(error_object(500, "The hub failed on this request. It has been logged."), 500)


def _told(error: dict[str, str]) -> str:
    return f"{error['field']}: {error['message']}" if error["field"] else error["message"]
