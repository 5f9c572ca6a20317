"""Purchase from the subscribe button to the checkout."""
