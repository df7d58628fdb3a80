"""From a frame of ratings to a centred, masked, sparse matrix.

====================  ==============================================================
``_frame.py``         columns out of frames, arrays and lists, and into frames again
``_columns.py``       which columns hold users, items and ratings
``_column_names.py``  the usual names of these columns in public data sets
``_column_checks.py`` errors for columns that cannot be found
``_ids.py``           ids to row numbers and back; -1 is an unknown id
``_id_arrays.py``     the few dtypes in which ids are stored and compared
``_encoded.py``       ratings row by row, with their ids encoded
``_matrix.py``        the masked matrix, by user and by item, in canonical order
``_centering.py``     means, subtracted before a fit and added to predictions
``_titles.py``        titles of items by id
``_unit.py``          units of tiny and huge ratings
====================  ==============================================================
"""
