"""Panel pages of the package `catalog`."""
