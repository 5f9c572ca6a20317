"""Panel screens of the VIP channel."""
