"""Draws from the posterior of the Bayesian model, by Gibbs sampling."""
