"""Panel pages of the package `people`."""
