"""From a frame of ratings to a centred, masked, sparse matrix.

=======================  =============================================================
``_frame.py``            columns out of frames, arrays and lists, and into frames again
``_columns.py``          which columns hold users, items and ratings
``_column_names.py``     the usual names of these columns in public data sets
``_column_checks.py``    errors for columns that cannot be found
``_ids.py``              ids to row numbers and back; -1 is an unknown id
``_id_arrays.py``        the few dtypes in which ids are stored and compared
``_encoded.py``          ratings row by row, with their ids encoded
``_matrix.py``           the masked matrix, by user and by item, in canonical order
``_centering.py``        means, subtracted before a fit and added to predictions
``_feature_encoder.py``  columns of features encoded by scikit-learn, `FeatureEncoder`
``_feature_columns.py``  what a column of features holds, in one form for each kind
``_feature_steps.py``    the transformer of each kind of column, and names of features
``_frame_encoder.py``    any fitted transformer, its output as a sparse matrix
``_feature_ids.py``      the ids of a frame of features
``_read_features.py``    from a frame of features to a `FeatureTable`
``_side_features.py``    features by id, and products with centred features
``_put_rows.py``         arrays made of the rows of other arrays
``_titles.py``           titles of items by id
``_unit.py``             units of tiny and huge ratings
=======================  =============================================================
"""
