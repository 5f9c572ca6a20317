"""Work by the clock: one table says what is done how often, and one runner does what is due."""
