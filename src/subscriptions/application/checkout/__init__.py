"""Purchase of a plan, from the subscribe button to the opened checkout."""
