"""The mathematics: what a pair of factors costs."""
