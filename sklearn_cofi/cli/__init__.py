"""The command line: fit, tune and evaluate on files of ratings, and ask the models."""

__all__ = ["main"]


def main(arguments=None) -> int:
    """Run the command line, as `sklearn_cofi.cli._main.main` says.

    That is imported here: an interrupt meanwhile is to end like any other.
    """
    try:
        from sklearn_cofi.cli._main import main

        return main(arguments)
    except KeyboardInterrupt:
        return 130
