"""What the two documents of FinanceKey say of the wire, and how its clients talk."""

import json
from itertools import product
from typing import Any

JSON = "application/json"

# The documents' header enum: every form of JSON, as ASP.NET Core OData lists them.
MEDIA_TYPES = [
    ";".join([JSON, *(part for part in parts if part)])
    for parts in product(
        ("odata.metadata=minimal", "odata.metadata=full", "odata.metadata=none", ""),
        ("odata.streaming=true", "odata.streaming=false", ""),
        ("", "IEEE754Compatible=false", "IEEE754Compatible=true"),
    )
]
DEFAULT = "application/json;odata.metadata=minimal;odata.streaming=true"

# The body parameters, in the order of the documents: name, type, whether null is one of its values.
INTEGRATION = (
    ("ActionId", int, True),
    ("Notes", str, True),
    ("ElementId", str, True),
    ("EntityId", str, False),
    ("Filter", str, True),
    ("DirectionId", str, False),
    ("Name", str, False),
    ("ScheduleId", int, False),
    ("SystemId", int, False),
    ("MaxAttempts", int, False),
    ("IncludeUpdate", bool, False),
    ("Parallel", bool, False),
    ("ConsentTypeId", str, False),
    ("BatchSize", int, False),
    ("Managed", bool, False),
    ("Continuous", bool, False),
    ("AllowScheduleUpdate", bool, False),
)
INTEGRATION_QUEUE = (
    ("IntegrationId", int, False),
    ("ItemName", str, False),
    ("ActionLogId", int, True),
    ("ItemId", str, False),
    ("ItemUpdatedOn", str, False),
    ("Attempt", int, False),
    ("Message", str, True),
    ("IntegrationQueueStateId", str, True),
    ("ClientIntegrationId", int, True),
)


def patch(api: Any, path: str, body: Any, content_type: str = DEFAULT, **headers: str) -> Any:
    return api.patch(f"/OData/{path}", json.dumps(body), content_type=content_type, headers=headers)


def post(api: Any, path: str, body: Any, **headers: str) -> Any:
    return api.post(f"/OData/{path}", json.dumps(body), content_type=DEFAULT, headers=headers)


def read(api: Any, path: str, **headers: str) -> Any:
    """The JSON of an answer that has to be a success."""
    response = api.get(f"/OData/{path}", headers=headers)
    assert response.status_code == 200, response.content
    return response.json()


def faults(response: Any, status: int = 400) -> dict[str, str]:
    """What is wrong, by target, once the error has the documents' shape."""
    assert response.status_code == status, response.content
    assert response["Content-Type"].startswith(JSON)
    body = response.json()
    assert set(body) == {"error"}
    error = body["error"]
    assert error["code"] == str(status)
    assert error["message"]
    assert "Traceback" not in response.content.decode()
    return {each.get("target", ""): each["message"] for each in error.get("details", [])}


def said(entity: dict[str, Any], *, but: tuple[str, ...] = ()) -> dict[str, Any]:
    """The members without control information, and without what every write changes."""
    moving = {"UpdatedOn", "Version", "DueOn", *but}
    return {name: value for name, value in entity.items() if "@" not in name and name not in moving}
