"""Join requests, members and removals of a channel, as its owning account sees and performs them."""
