"""Repositories used by the use cases, one module per area. Repositories never commit; `lock` locks the row until the
transaction ends.
"""
