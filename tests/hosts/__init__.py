"""Several machines on one: network namespaces, links between them, and a database with synchronous replication."""
