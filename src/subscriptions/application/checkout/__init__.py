"""From "subscribe" to a place to pay."""
