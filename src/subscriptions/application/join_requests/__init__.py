"""Join requests, members and removals of a channel, handled through its owning account."""
