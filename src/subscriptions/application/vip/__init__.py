"""VIP channel: activation codes, entry steps and invite links."""
