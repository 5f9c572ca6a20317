"""What others say against what our books say: found, told and mended."""
