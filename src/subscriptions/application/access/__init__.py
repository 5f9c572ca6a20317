"""Grant, suspend and revoke one customer's access to one channel, and answer join requests."""
