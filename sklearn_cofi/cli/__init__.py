"""The command line: `sklearn-cofi`, or ``python -m sklearn_cofi``.

======================  ==========================================================
file                    content
======================  ==========================================================
``_main.py``            the group of all commands; exit statuses, errors, warnings
``_demo.py``            the demonstration that runs without a command
``_fit.py``             ``fit`` and ``tune``
``_evaluate.py``        ``evaluate``
``_predict.py``         ``predict``
``_query_commands.py``  ``recommend`` and ``similar``
``_explain.py``         ``explain``
``_effects.py``         ``effects``
``_info.py``            ``info``
``_options.py``         options that several commands share
``_model_options.py``   options that are parameters of estimators
``_make_model.py``      estimators with these parameters
``_tables.py``          read tables: text, JSON or Parquet, from files or stdin
``_text_table.py``      read text with separated fields
``_dialect.py``         its comments, header, separator and quotation marks
``_json_lines.py``      read records of JSON
``_compression.py``     decompress files
``_header.py``          whether the first line of a text file names its columns
``_file_columns.py``    which columns of a file hold users, items and ratings
``_ratings.py``         read ratings, and pairs of users and items
``_id_columns.py``      columns of ids
``_pairs.py``           columns of pairs without ratings
``_feature_files.py``   files of features, and their options
``_features.py``        read features of users and items
``_feature_values.py``  features that are numbers, dates and categories
``_numbers.py``         numbers with decimal commas
``_times.py``           times as numbers or dates
``_ids.py``             read ids and titles of items
``_models.py``          load and save models
``_model_facts.py``     facts about features and times
``_results.py``         write results to files
``_stdout.py``          stdout, with system errors that name it
``_output.py``          print results: aligned tables or JSON
``_unknown_ids.py``     warnings about ids not seen in fit
``_progress.py``        progress bars
``_warm_up.py``         ``warm-up``
======================  ==========================================================

Modules import pandas, scikit-learn and the estimators inside functions, so that
``--help`` is fast.
"""

from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; see `sklearn_cofi.cli._main.main`.

    The commands are imported inside this function, so that an interrupt during the
    import ends with the exit status of an interrupt.
    """
    try:
        from sklearn_cofi.cli._main import main

        return main(arguments)
    except KeyboardInterrupt:
        return 130
