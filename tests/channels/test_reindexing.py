"""A new encryption key, and the tokens that channels are found by."""

from cryptography.fernet import Fernet
from django.db.models import TextField, Value

from channels import reindexing
from channels.models import IntegrationPoint
from channels.tokens import index_of
from integrations import reencryption
from tests.channels.points import TOKENS


def test_a_token_is_found_under_a_new_key_and_without_the_old_one(acme_api, point, settings):
    assert reindexing.reindex in reencryption.followers
    old = list(settings.HUB_ENCRYPTION_KEYS)
    settings.HUB_ENCRYPTION_KEYS = [Fernet.generate_key().decode(), *old]
    reencryption.reencrypt(lambda progress: None)
    settings.HUB_ENCRYPTION_KEYS = settings.HUB_ENCRYPTION_KEYS[:1]
    token = IntegrationPoint.objects.get().token_local
    assert IntegrationPoint.objects.get().token_index == index_of(token)
    assert acme_api.get(f"{TOKENS}/{token}").status_code == 200


def test_a_token_that_opens_with_no_key_stops_no_other(acme_api, point, settings):
    IntegrationPoint.objects.update(token_local=Value("nonsense", TextField()))
    before = IntegrationPoint.objects.values_list("token_index", flat=True).get()
    settings.HUB_ENCRYPTION_KEYS = [Fernet.generate_key().decode(), *settings.HUB_ENCRYPTION_KEYS]
    reindexing.reindex()
    assert IntegrationPoint.objects.values_list("token_index", flat=True).get() == before
