"""This app's sets under `/OData/`, on the toolkit of `integrationhub.wire.odata`.

Names are those of the contract: PascalCase, `…Id` for references, `…On` for moments.
"""
