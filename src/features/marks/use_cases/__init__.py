"""Use cases that create watermarked copies and find the source of a leaked copy, one per file."""
