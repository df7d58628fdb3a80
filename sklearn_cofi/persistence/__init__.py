"""Save fitted models in files that contain arrays and JSON, and no code.

================  ================================================================
file              content
================  ================================================================
``_models.py``    `save_npz` and `load_npz`: the format and its version
``_archive.py``   a zip archive of arrays and a JSON header
``_replacing.py`` a temporary file that replaces the old file once it is complete
``_values.py``    parameters and attributes as JSON; strings as arrays of bytes
``_shapes.py``    checks of dtypes and shapes, without which kernels are not safe
================  ================================================================
"""
