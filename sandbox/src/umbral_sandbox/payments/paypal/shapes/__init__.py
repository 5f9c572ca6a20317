"""Wire formats of records."""
