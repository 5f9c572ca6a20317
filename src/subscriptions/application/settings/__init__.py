"""Settings that the operator chooses at run time: changing one, going back to what it was, and going by them."""
