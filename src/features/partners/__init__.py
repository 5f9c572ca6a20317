"""Partners bring customers by a link of their own, and earn a commission by what these pay."""
