"""Settings that the operator changes at run time: change, restore and apply them."""
