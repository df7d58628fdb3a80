"""scikit-learn's callbacks, called after each iteration of a solver."""

from collections.abc import Callable
from typing import Any

from sklearn_cofi._types import Factors


class IterationHooks:
    """A solver's callback that runs the callbacks set on an estimator.

    Each iteration is a task of its own. The task of the next iteration begins when
    the last one ends; `close` ends the one that a finished solver never ran.

    Parameters
    ----------
    estimator : CallbackSupportMixin
        With a parameter ``verbose``.
    fitted : callable
        Function of factors and cost: the attributes of the estimator as if fit had
        ended with them.
    max_iter : int
        Largest number of iterations.
    quantity : str, default="cost"
        What the cost is called where it is printed.
    **arguments
        X, y and metadata of fit, for the callbacks.
    """

    def __init__(
        self,
        estimator,
        fitted: Callable[[Factors, float], dict],
        *,
        max_iter: int,
        quantity: str = "cost",
        **arguments,
    ):
        self._fitted = fitted
        self._task: Any = None
        self._arguments = {"estimator": estimator, **arguments}
        self._quantity = quantity
        self._max_iter = self._left = max_iter
        self._root = estimator._init_callback_context(max_subtasks=max_iter)
        self._root.call_on_fit_task_begin(**self._arguments)
        self._begin_iteration()

    def __call__(self, factors: Factors, cost: float) -> bool:
        """End an iteration; return True if a callback asks to stop.

        A solver that goes on all the same, or past ``max_iter``, is told so again.
        """
        if self._task is None:
            return True
        if self._arguments["estimator"].verbose:
            done = self._max_iter - self._left
            print(f"iteration {done}: {self._quantity} {cost:.6f}")
        stop = self._task.call_on_fit_task_end(
            **self._arguments,
            reconstruction_attributes=lambda: self._fitted(factors, cost),
        )
        self._task = None
        if self._left and not stop:
            self._begin_iteration()
        return stop

    def close(self, factors: Factors, cost: float):
        """End what is still open, and the whole fit."""
        if self._task is not None:
            self._task.call_on_fit_task_end(estimator=self._arguments["estimator"])
        self._root.call_on_fit_task_end(
            **self._arguments,
            reconstruction_attributes=lambda: self._fitted(factors, cost),
        )

    def _begin_iteration(self):
        self._left -= 1
        self._task = self._root.subcontext(task_name="iteration")
        self._task.call_on_fit_task_begin(**self._arguments)
