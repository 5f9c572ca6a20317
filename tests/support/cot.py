"""A nursery whose children find the tests' own modules as well."""

from __future__ import annotations

import sys
from pathlib import Path

from umbral.demo import nursery

if __name__ == "__main__":
    # At the end: nothing of this folder may stand in for a module of the product.
    sys.path.append(str(Path(__file__).parents[2]))
    nursery.main(int(sys.argv[2]), int(sys.argv[3]), *sys.argv[4:])
