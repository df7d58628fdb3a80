"""From a frame of ratings to a centred, masked, sparse matrix."""
