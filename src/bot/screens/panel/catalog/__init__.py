"""Panel screens of the package `catalog`."""
