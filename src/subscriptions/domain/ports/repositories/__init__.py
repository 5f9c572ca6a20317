"""Repositories used by the use cases, one module per area. Repositories never commit. A `lock` argument locks the row
until the transaction ends.
"""
