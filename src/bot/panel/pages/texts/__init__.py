"""Panel pages of the package `texts`."""
