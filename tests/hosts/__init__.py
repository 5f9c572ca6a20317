"""Several simulated machines on one computer: network namespaces, links between them, and a database with synchronous
replication.
"""
