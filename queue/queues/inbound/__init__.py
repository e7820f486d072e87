"""Items that come in: pages are pulled from a remote system, and each item of them is stored as a record."""
