"""Jobs in PostgreSQL: writing them, running them, and looking after them."""
