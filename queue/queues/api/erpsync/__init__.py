"""SuperOffice's ErpSync agent over what the hub has.

Connector = System; connection = Connection; actor type = Entity; internal keys = ids of Records; external
keys = ItemIds.
"""
