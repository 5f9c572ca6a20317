"""Panel screens of the package `people`."""
