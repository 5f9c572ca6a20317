"""VIP channel: activation codes, the ritual of entry, and its invite links."""
