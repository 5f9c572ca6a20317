"""People who come from another system, with what they paid for there."""
