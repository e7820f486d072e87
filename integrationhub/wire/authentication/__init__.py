"""Who calls, as far as a request's headers say it: no models, no look-ups.

`authorization.parse` takes the `Authorization` header apart, `peers.peer_address` names the caller's address,
`failures` counts what went wrong from there, `prefixes` reads a client's code off the path.
"""
