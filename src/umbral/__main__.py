"""Entry point of `python -m umbral`, which is equivalent to the console script `umbral`."""

import sys

from umbral.cli import main

sys.exit(main())
