"""Join requests, members and removals of a channel, handled by its owning account."""
