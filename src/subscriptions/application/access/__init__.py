"""The right of one customer to be in one channel: granted, suspended, revoked, and who is at the door."""
