"""The Bayesian model: all its parameters are drawn from their posterior.

=====================================  =================================================
``_bayesian_collaborative_filter.py``  `BayesianCollaborativeFilter`: parameters, fit
``_uncertain_predictor.py``            predictions with standard deviations, intervals
``_uncertain_recommender.py``          recommendations with standard deviations
``_uncertain_similarity.py``           similar items with standard deviations
``_similarity_draws.py``               similarities of rows in each draw
``_recommend_with_ratings.py``         `recommend_with_ratings`: lists of another model
``_posterior_explanation.py``          `explain`: a prediction as a sum of parts
``_posterior_fold_in.py``              `fold_in`: rows with new ratings, without a fit
``_folded_draws.py``                   draws of rows that are folded in
``_folded_mean.py``                    the mean over all draws of these rows
``_draw_terms.py``                     the terms of a prediction, over the draws
``_posterior_estimator.py``            fitted attributes as a value, and new users
``_posterior_fit.py``                  `PosteriorFit`: the result, in rating units
``_posterior.py``                      the mean over all draws, and the kept draws
``_draws.py``                          `PosteriorDraws`: the kept draws, stacked
``_kept_draw.py``                      a draw of the chain as one of the kept draws
``_gibbs.py``                          `GibbsSampler`: one sweep over all parameters
``_row_prior.py``                      draws of the prior of users or of items
``_link.py``                           draws of the link from the mask to the rows
``_gram.py``                           ``F.T @ F`` as low rank plus diagonal
``_likelihood.py``                     draws of rows, errors, products with the mask
``_noise.py``                          draws of the precisions of the ratings
``_normal.py``                         standard normal numbers, by threads
``_noise_distribution.py``             the distribution of the errors of the ratings
``_new_users.py``                      rows of new users, from the kept draws
``_side_draws.py``                     rows of one side given draws of the other side
``_predictive_variance.py``            variances and quantiles around predictions
=====================================  =================================================

A fit reads, encodes and centres the ratings, as `CollaborativeFilter` does, and divides
them by their root mean square. `NormalLikelihood` holds the scaled ratings. In each
sweep, `GibbsSampler` draws the prior of users (`draw_prior`, `draw_link`) and then the
users (`NormalLikelihood.draw_rows`), does the same for items, and draws the noise
(`draw_noise`, or `draw_precision` alone). `Posterior` takes each draw. `posterior_fit`
makes a `PosteriorFit` of the posterior, and `PosteriorEstimator` sets its values as
attributes.

Queries use two sources: predictions come from the mean over all draws, standard
deviations and new users from the kept draws.
"""
