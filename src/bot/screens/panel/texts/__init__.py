"""Panel screens of the package `texts`."""
