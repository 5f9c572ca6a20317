"""Several machines on one: network namespaces, links between them, and a database that is copied as it changes."""
