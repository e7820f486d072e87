"""Where channels are, and how their errors look."""

POINTS = "/rest/v1/service/integration_points"
TOKENS = "/rest/v1/service/integration_tokens"


def lookup(program, key, **extra):
    import json

    return program.generic("LOOKUP", POINTS, json.dumps(key), content_type="application/json", **extra)


def refused(response):
    """(status, error_code, field) of an error, once its shape is what it has to be."""
    told = response.json()
    assert response["Content-Type"] == "application/json; charset=utf-8"
    assert {"error_code", "error_message"} <= set(told) <= {"error_code", "error_message", "error_details"}
    assert told["error_message"]
    return response.status_code, told["error_code"], told.get("error_details", {}).get("field")
