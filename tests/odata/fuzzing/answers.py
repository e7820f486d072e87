import json

from django.db import transaction


def answered(api, root, request):
    """The answer to a request below this path, that then has not happened."""
    path = request.url.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    savepoint = transaction.savepoint()
    try:
        return api.generic(
            request.method, f"{root}{path}", request.body, request.content_type, **request.headers
        )
    finally:
        transaction.savepoint_rollback(savepoint)


def complaint(response):
    """What is wrong with an answer; None where nothing is."""
    status = response.status_code
    if status >= 500 and status != 501:
        return f"{status}"
    if status >= 400 and response.content and not json.loads(response.content)["error"]["message"]:
        return "no message"
    if b'"status":500' in response.content or b"HTTP/1.1 500" in response.content:
        return "a part failed"
    return None
