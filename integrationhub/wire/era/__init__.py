"""The conventions that all collections of the Era platform share: error codes, filters, masks, orders.

`errors` has the codes and their statuses, `filters` reads both grammars of `filter` into the shared tree,
`shapes` prints entities: masked, flat, with dates as the platform writes them.
"""
