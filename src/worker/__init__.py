"""The worker process: payment events, and what is due by the business clock."""
