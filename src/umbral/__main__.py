"""Entry point of `python -m umbral`, the same as the console script `umbral`."""

import sys

from umbral.cli import main

sys.exit(main())
