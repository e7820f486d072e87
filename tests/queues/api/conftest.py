from tests.api import _nobody_has_failed_to_sign_in, acme_api, borealis_api, staff_api

__all__ = ["_nobody_has_failed_to_sign_in", "acme_api", "borealis_api", "staff_api"]
