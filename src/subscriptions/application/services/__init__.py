"""Steps that several use cases share, and the operations an operator's own code calls."""
