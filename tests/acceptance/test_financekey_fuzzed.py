"""Whatever a caller sends, it gets an answer: never a 5xx but the 501 that says what is not implemented."""

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.models import Direction
from queues.api.odata.service import SERVICE
from tests.acceptance.test_financekey_tenancy import OWNED
from tests.api import make_program, staff_api
from tests.odata.fuzzing import Maker
from tests.odata.fuzzing.answers import answered, complaint
from tests.tenants import make_estate

__all__ = ["staff_api"]

COMMON = {"Directions": ["'Inbound'", "'Outbound'"], "Entities": ["'Payment'"], "ConsentTypes": ["'None'"]}


@pytest.fixture
def estate(acme, payment, now):
    return make_estate(acme, payment, now, mark="acme")


@pytest.mark.django_db
def test_every_request_gets_an_answer(estate, staff_api):
    keys = {name: [str(estate.key(model))] for name, model in OWNED.items()} | COMMON
    apis = [make_program(estate.client), staff_api]
    found = Counter()

    @given(st.integers(0, 2**64))
    def check(seed):
        maker = Maker(SERVICE, "/OData/", keys, random.Random(seed))  # noqa: S311
        request = maker.request()
        response = answered(apis[seed % 2], "/OData/", request)
        found[response.status_code] += 1
        assert complaint(response) is None, (seed, request, response.content[:2000])

    check()
    assert found[200] > 0
    assert Direction.objects.count() == 2
