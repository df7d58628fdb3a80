"""From factors to answers: pure functions, no estimator."""
