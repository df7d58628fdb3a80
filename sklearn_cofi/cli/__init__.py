"""The command line: fit, tune and evaluate on files of ratings, and ask the models."""

from sklearn_cofi.cli._main import main

__all__ = ["main"]
