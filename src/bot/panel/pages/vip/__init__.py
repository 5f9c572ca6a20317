"""Panel pages of the VIP channel."""
