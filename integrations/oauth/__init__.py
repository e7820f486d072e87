"""Consent by OAuth 2.0: a client connects to a system, and the hub keeps the tokens alive."""
