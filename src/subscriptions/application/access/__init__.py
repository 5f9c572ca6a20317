"""Access of one customer to one channel: granting, suspending and revoking it, and answering join requests."""
