import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from integrationhub.security import ContentSecurityPolicyMiddleware

EVERYWHERE = {
    "default-src": {"'self'"},
    "img-src": {"'self'", "data:"},
    "frame-ancestors": {"'none'"},
    "base-uri": {"'self'"},
    "form-action": {"'self'"},
}


def policy_of(path):
    response = ContentSecurityPolicyMiddleware(lambda request: HttpResponse())(RequestFactory().get(path))
    directives = (directive.split() for directive in response["Content-Security-Policy"].split(";"))
    return {name: set(sources) for name, *sources in directives}


@pytest.mark.parametrize(
    "path", ["/", "/hub/v1/records/", "/OData/", "/administrator/", "/x/admin/", "/exec"]
)
def test_a_page_may_use_nothing_but_the_hub_s_own_files(path):
    assert policy_of(path) == EVERYWHERE


def test_the_back_office_may_also_evaluate_and_style_inline():
    assert policy_of("/admin/queue/") == EVERYWHERE | {
        "script-src": {"'self'", "'unsafe-eval'"},
        "style-src": {"'self'", "'unsafe-inline'"},
    }


def test_the_documentation_may_also_style_inline():
    assert policy_of("/docs/") == EVERYWHERE | {
        "script-src": {"'self'"},
        "style-src": {"'self'", "'unsafe-inline'"},
    }


def test_no_path_may_run_inline_scripts_or_ask_another_host():
    for path in ("/", "/admin/", "/docs/"):
        policy = policy_of(path)
        assert "'unsafe-inline'" not in policy.get("script-src", set())
        assert set().union(*policy.values()) <= {
            "'self'",
            "'none'",
            "data:",
            "'unsafe-eval'",
            "'unsafe-inline'",
        }


def test_a_page_does_not_inherit_the_policy_of_the_one_before():
    policy_of("/admin/")
    assert policy_of("/hub/v1/") == EVERYWHERE


@pytest.mark.django_db
def test_the_sign_in_page_carries_the_policy(client, settings):
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    assert "'unsafe-eval'" in client.get("/admin/login/")["Content-Security-Policy"]
