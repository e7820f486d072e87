"""The OpenAPI document and its page."""

import re

import pytest
from django.core.management import call_command
from django.test import Client as HttpClient

PAGE = "/docs/"


@pytest.fixture(scope="module")
def schema():
    return HttpClient().get("/hub/v1/schema/").json()


def test_the_document_is_made_without_a_warning(tmp_path):
    call_command("spectacular", "--fail-on-warn", "--validate", file=str(tmp_path / "schema.yaml"))


def test_everyone_may_read_it(schema):
    assert schema["openapi"].startswith("3.")
    assert "/hub/v1/queue/{id}/retry/" in schema["paths"]


def test_every_operation_names_its_ways_to_sign_in_and_its_errors(schema):
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            where = f"{method} {path}"
            assert [*map(list, operation["security"])] == [
                ["basic"],
                ["bearer"],
                ["soticket"],
                ["session"],
            ], where
            assert {"400", "401", "403", "404", "429", "503"} <= set(operation["responses"]), where
            assert operation["responses"]["404"]["content"] == {
                "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
            }


def test_every_post_takes_a_key_but_the_one_that_begins_anew(schema):
    posts = {path: each["post"] for path, each in schema["paths"].items() if "post" in each}
    named = {path: {each["name"] for each in post["parameters"]} for path, post in posts.items()}
    without = {path for path, names in named.items() if "Idempotency-Key" not in names}
    assert without == {"/hub/v1/client-integrations/{id}/connect/"}
    assert "x-begins-anew" not in str(schema)


def test_operations_have_names_of_their_own(schema):
    names = [each["operationId"] for operations in schema["paths"].values() for each in operations.values()]
    assert len(names) == len(set(names))


def test_the_queue_s_list_has_its_shape(schema):
    operation = schema["paths"]["/hub/v1/queue/"]["get"]
    assert {"state", "direction", "integration", "limit", "cursor"} <= {
        each["name"] for each in operation["parameters"]
    }
    page = operation["responses"]["200"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    assert schema["components"]["schemas"][page]["required"] == ["count", "next", "results"]


def test_what_is_sent_and_what_is_answered_are_shapes_of_their_own(schema):
    operation = schema["paths"]["/hub/v1/systems/"]["post"]
    sent = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    answered = operation["responses"]["201"]["content"]["application/json"]["schema"]["$ref"]
    assert (sent.rpartition("/")[2], answered.rpartition("/")[2]) == ("SystemInput", "System")


def test_no_secret_is_part_of_an_answer(schema):
    shapes = schema["components"]["schemas"]
    assert "secret" not in shapes["System"]["properties"]
    assert shapes["SystemInput"]["properties"]["secret"]["writeOnly"] is True


def test_the_page_needs_nothing_from_elsewhere(db):
    response = HttpClient().get(PAGE)
    assert response.status_code == 200
    sources = re.findall(r'(?:src|href)="([^"]*)"', response.content.decode())
    assert len(sources) >= 4
    assert all(source.startswith("/") and not source.startswith("//") for source in sources)
    assert "script-src 'self'" in response["Content-Security-Policy"]
    assert not re.search(r"<script(?![^>]*src=)", response.content.decode())


def test_the_page_s_script_comes_from_here_too(db):
    page = HttpClient().get(PAGE).content.decode()
    source = re.findall(r'<script src="(/docs/[^"]*)"', page)[0].replace("&amp;", "&")
    script = HttpClient().get(source)
    assert script["Content-Type"].startswith("application/javascript")
    assert "/hub/v1/schema/" in script.content.decode()
