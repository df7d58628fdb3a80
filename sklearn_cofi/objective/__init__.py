"""The mathematics: the cost of a pair of factors, its gradient, and its bounds.

======================== ===========================================================
``_squared.py``          the objective: squared error of the ratings plus the penalty
``_penalty.py``          the penalty of each row of factors and of each bias
``_feature_penalty.py``  the distance of rows from what their features predict
``_bias.py``             biases as two more columns of the factors; biases alone
``_half_step.py``        the best factors of one side for fixed other factors
``_ridge.py``            the ridge regressions of a half step
``_roots.py``            variables in which the penalty is the same for all rows
``_line.py``             the cost along a line, a quartic, and its minimum
``_certificate.py``      ``reg_param_max``: the smallest penalty with an optimum of zero
``_gap.py``              the duality gap: the distance from the global optimum
======================== ===========================================================

Solvers call the members that `Objective` and `AlternatingObjective` (``_types.py``)
declare; `MaskedSquaredLoss` implements both.
"""
