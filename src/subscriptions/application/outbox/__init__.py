"""What the operator's own programs are told of what happens."""
