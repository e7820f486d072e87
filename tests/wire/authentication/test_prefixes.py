"""`/<client>/` before a dialect's path."""

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import get_script_prefix, reverse

from integrationhub.wire.authentication.prefixes import ClientPrefixMiddleware


@pytest.fixture
def seen():
    """What the application behind the middleware sees of a request."""

    def ask(path, **headers):
        answers = []

        def application(request):
            answers.append((request.path_info, request.headers.get("X-Hub-Client"), reverse("hub")))
            return HttpResponse()

        ClientPrefixMiddleware(application)(RequestFactory().get(path, headers=headers))
        return answers[0]

    return ask


def test_the_prefix_moves_to_the_header_and_links_keep_it(seen):
    assert seen("/acme/hub/v1/queue/") == ("/hub/v1/queue/", "acme", "/acme/hub/v1/")
    assert get_script_prefix() == "/"


def test_a_path_without_a_prefix_is_left_alone(seen):
    assert seen("/hub/v1/queue/") == ("/hub/v1/queue/", None, "/hub/v1/")


def test_a_prefix_and_a_header_that_agree_are_one_name(seen):
    assert seen("/acme/hub/v1/queue/", **{"x-hub-client": "acme"})[1] == "acme"


def test_a_prefix_and_a_header_that_disagree_name_no_client(seen):
    assert seen("/acme/hub/v1/queue/", **{"x-hub-client": "borealis"})[1] == "acme,borealis"


@pytest.mark.parametrize(
    "path",
    ["/admin/hub/v1/", "/hub/v1/hub/v1/", "/1acme/hub/v1/", "/a.b/hub/v1/", "/a/b/hub/v1/", "/acme/admin/"],
)
def test_a_real_root_is_never_read_as_a_client(seen, path):
    assert seen(path)[:2] == (path, None)
