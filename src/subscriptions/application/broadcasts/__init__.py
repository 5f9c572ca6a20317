"""What the operator's people say to many at once: in the chat with each, or in the channels of plans."""
