"""Signed webhooks: making and checking signatures, without models and without a clock of its own."""
