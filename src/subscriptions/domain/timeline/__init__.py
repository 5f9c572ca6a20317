"""Timeline of a subscription: a pure function from stored facts to access, billing and money."""
