"""Partners: who brings customers, by which terms, and what they are owed."""
