from tests.oauth import _no_call_waits_inside_a_transaction, application, consented, server, unconnected

__all__ = ["_no_call_waits_inside_a_transaction", "application", "consented", "server", "unconnected"]
