"""PostgreSQL: engine, tables, mapping, unit of work and leases."""
