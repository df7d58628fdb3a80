"""Run the command line as ``python -m sklearn_cofi``."""

from sklearn_cofi.cli import main

if __name__ == "__main__":
    main()
