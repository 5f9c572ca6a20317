"""Settings that the operator can change at run time: change, reset and apply them."""
