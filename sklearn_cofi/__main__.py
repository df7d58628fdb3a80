"""Run the command line as ``python -m sklearn_cofi``."""

import sys

from sklearn_cofi.cli import main

if __name__ == "__main__":
    sys.exit(main())
