"""`python -m umbral` is the console script `umbral`."""

import sys

from umbral.cli import main

sys.exit(main())
