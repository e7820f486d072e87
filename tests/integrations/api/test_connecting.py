"""Consent by OAuth 2.0 over REST: a client's own software begins it, a person agrees."""

from django.test import Client as HttpClient

from integrations.models import Client, Consent, OAuthApplication, OAuthToken, System
from tests.api import acme_api, borealis_api, fields, staff_api
from tests.cast import make_system
from tests.oauth import (
    _no_call_waits_inside_a_transaction,
    agree,
    application,
    consented,
    server,
    unconnected,
)

__all__ = [
    "_no_call_waits_inside_a_transaction", "acme_api", "application", "borealis_api", "consented", "server",
    "staff_api", "unconnected",
]  # fmt: skip

APPLICATIONS = "/hub/v1/oauth-applications/"


def begin(program, row, **headers):
    return program.post_json(f"/hub/v1/client-integrations/{row.pk}/connect/", **headers)


def test_a_client_connects_itself(acme_api, unconnected):
    refused = acme_api.post_json(f"/hub/v1/client-integrations/{unconnected.pk}/enable/", {"consent": True})
    assert fields(refused) == {"consent": "Payments to the ERP needs a connection to ERP."}
    way = begin(acme_api, unconnected).json()
    assert set(way) == {"address", "until"}
    back = HttpClient().get("/oauth/callback", agree(way["address"]))
    assert back.status_code == 200
    shown = acme_api.get(f"/hub/v1/client-integrations/{unconnected.pk}/").json()
    assert (shown["runnable"], shown["consent_state"]) == (True, "Granted")
    consent = acme_api.get("/hub/v1/consents/").json()["results"][0]
    assert (consent["system"], consent["scopes"], consent["warning"]) == ("ERP", "read write", "")
    renewed = acme_api.post_json(f"/hub/v1/consents/{consent['id']}/renew/", {"expires_on": None})
    assert renewed.status_code == 409
    acme_api.post_json(f"/hub/v1/consents/{consent['id']}/withdraw/")
    assert acme_api.get("/hub/v1/consents/").json()["results"][0]["state"] == "Revoked"


PORTAL = "https://portal.example.com/connected"


def begin_from_portal(program, row, return_to=f"{PORTAL}?tab=2"):
    return program.post_json(f"/hub/v1/client-integrations/{row.pk}/connect/", {"return_to": return_to})


def test_who_comes_from_the_client_s_own_pages_goes_back_there(acme_api, acme, unconnected, server):
    Client.objects.update(return_addresses=f"https://other.example.com/\n{PORTAL}")
    told = agree(begin_from_portal(acme_api, unconnected).json()["address"])
    back = HttpClient().get("/oauth/callback", told)
    assert (back.status_code, back["Referrer-Policy"]) == (302, "no-referrer")
    assert back["Location"] == f"{PORTAL}?tab=2&outcome=connected&client_integration={unconnected.pk}"
    assert Consent.objects.get().state == "Granted"
    again = HttpClient().get("/oauth/callback", told)["Location"]
    assert again == f"{PORTAL}?tab=2&outcome=refused&reason=This+answer+has+come+before.+Begin+again."
    server.denies = True
    told = agree(begin_from_portal(acme_api, unconnected, PORTAL).json()["address"])
    denied = HttpClient().get("/oauth/callback", told)["Location"]
    assert denied == f"{PORTAL}?outcome=refused&reason=The+consent+was+not+given%3A+No+thanks"


def test_nobody_is_sent_where_the_client_is_not_at_home(acme_api, unconnected, server):
    Client.objects.update(return_addresses=PORTAL)
    for elsewhere in (
        "https://evil.example.com/",
        f"{PORTAL}/../x",
        f"{PORTAL}#x",
        f"{PORTAL}@evil.example.com",
        f" {PORTAL}",
        f"{PORTAL}\\.evil.example.com",
        "//portal.example.com/connected",
        "javascript:alert(1)",
    ):
        refused = begin_from_portal(acme_api, unconnected, elsewhere)
        assert (refused.status_code, set(fields(refused))) == (400, {"return_to"}), elsewhere
    told = agree(begin_from_portal(acme_api, unconnected).json()["address"])
    Client.objects.update(return_addresses="")
    assert HttpClient().get("/oauth/callback", told).status_code == 200
    assert HttpClient().get("/oauth/callback", {"state": "x", "return_to": PORTAL}).status_code == 400


def test_what_begins_anew_each_time_takes_no_idempotency_key(acme_api, unconnected, server):
    refused = begin(acme_api, unconnected, headers={"Idempotency-Key": "1"})
    assert fields(refused) == {"Idempotency-Key": "Each request begins anew: leave it out."}


def test_nobody_connects_somebody_else(borealis_api, unconnected):
    assert begin(borealis_api, unconnected).status_code == 404


def test_the_hub_signs_in_by_itself(acme_api, unconnected, server):
    OAuthApplication.objects.update(grant="client_credentials")
    assert begin(acme_api, unconnected).json() == {"address": "", "until": None}
    assert Consent.objects.get().state == "Granted"
    server.broken = 503
    refused = begin(acme_api, unconnected)
    assert (refused.status_code, refused.json()["detail"]) == (
        409,
        "The authorization server gives no token. It answers 503.",
    )


def test_a_client_registers_the_hub_at_a_system_of_its_own(acme_api, acme, application, server):
    own = make_system(acme, name="Own", authentication=System.Authentication.OAUTH2)
    told = {"system": own.pk, "token_url": "https://x/token", "app_id": "hub", "secret": "hush"}
    made = acme_api.post_json(APPLICATIONS, {**told, "authorization_url": "https://x/authorize"})
    assert made.status_code == 201
    assert "hush" not in made.content.decode()
    row = f"{APPLICATIONS}{made.json()['id']}/"
    assert acme_api.patch_json(row, {"scopes": "read"}, headers={"If-Match": made["ETag"]}).status_code == 200
    assert acme_api.patch_json(row, {"scopes": "x"}, headers={"If-Match": made["ETag"]}).status_code == 412
    assert OAuthApplication.objects.get(system=own).secret == "hush"
    again = acme_api.post_json(APPLICATIONS, {**told, "authorization_url": "https://x/authorize"})
    assert "system" in fields(again)
    faults = {"token_url": "x", "authorization_url": "", "extra": {"state": "x"}}
    assert set(fields(acme_api.patch_json(row, faults))) == set(faults)
    of_hub = acme_api.post_json(APPLICATIONS, {**told, "system": make_system(name="Hub's").pk})
    assert of_hub.status_code in (400, 403)
    assert [each["system"] for each in acme_api.get(APPLICATIONS).json()["results"]] == [own.pk]
    assert acme_api.delete(row).status_code == 204


def test_staff_keep_the_hub_s_own_while_it_is_used(staff_api, acme_api, unconnected, application):
    row = f"{APPLICATIONS}{application.pk}/"
    assert acme_api.get(row).status_code == 404
    HttpClient().get("/oauth/callback", agree(begin(acme_api, unconnected).json()["address"]))
    assert OAuthToken.objects.exists()
    assert staff_api.delete(row).status_code == 409
    assert staff_api.patch_json(row, {"scopes": "read"}).json()["scopes"] == "read"


def test_a_definition_s_consent_and_its_system_go_together(staff_api, consented):
    row = f"/hub/v1/integrations/{consented.pk}/"
    plain = make_system(name="Plain")
    assert fields(staff_api.patch_json(row, {"consent_type": "Confirm"})) == {
        "consent_type": "ERP needs the consent type OAuth2."
    }
    assert fields(staff_api.patch_json(row, {"system": plain.pk})) == {
        "consent_type": "Plain is not signed in to by OAuth 2.0."
    }
    both = staff_api.patch_json(row, {"system": plain.pk, "consent_type": "Confirm"})
    assert both.status_code == 200
