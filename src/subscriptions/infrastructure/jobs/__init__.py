"""Job queue in PostgreSQL: enqueueing, running and administering jobs."""
