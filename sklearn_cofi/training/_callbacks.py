"""scikit-learn's callbacks, called after each iteration of a solver."""

from collections.abc import Callable
from typing import Any

from sklearn_cofi._types import Factors
from sklearn_cofi._typing import Estimator


class IterationHooks:
    """A solver's callback that runs the callbacks set on an estimator.

    Each iteration is a task of its own, which begins when the one before ends. `close`
    ends the task of the iteration that a finished solver did not run.

    Parameters
    ----------
    estimator : CallbackSupportMixin
        With a parameter ``verbose``.
    fitted : callable
        Function of factors and cost that returns the fitted attributes of a fit that
        ends with them.
    max_iter : int
        Largest number of iterations.
    quantity : str, default="cost"
        Name of the cost where it is printed.
    **arguments
        X, y and metadata of fit, for the callbacks.
    """

    def __init__(
        self,
        estimator: Estimator,
        fitted: Callable[[Factors | None, float], dict[str, Any]],
        *,
        max_iter: int,
        quantity: str = "cost",
        **arguments: Any,
    ) -> None:
        self._fitted = fitted
        self._task: Any = None
        self._arguments = {"estimator": estimator, **arguments}
        self._quantity = quantity
        self._max_iter = self._left = max_iter
        self._root = estimator._init_callback_context(max_subtasks=max_iter)
        self._root.call_on_fit_task_begin(**self._arguments)
        self._begin_iteration()

    def __call__(self, factors: Factors | None, cost: float) -> bool:
        """End an iteration; return True if a callback stops the fit.

        A solver that continues nevertheless, or past ``max_iter``, gets True again.
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

    def close(self, factors: Factors | None, cost: float) -> None:
        """End the open iteration, if any, and the fit."""
        if self._task is not None:
            self._task.call_on_fit_task_end(estimator=self._arguments["estimator"])
        self._root.call_on_fit_task_end(
            **self._arguments,
            reconstruction_attributes=lambda: self._fitted(factors, cost),
        )

    def _begin_iteration(self) -> None:
        self._left -= 1
        self._task = self._root.subcontext(task_name="iteration")
        self._task.call_on_fit_task_begin(**self._arguments)
