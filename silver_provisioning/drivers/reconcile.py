"""Observe, plan, apply, verify: the one way in which anything reaches the network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .base import Driver, DriverError, Outcome, Retryable, Step


@dataclass(frozen=True)
class Result:
    """What became of one service. ``left``: steps that did not take effect."""

    steps: tuple[Step, ...] = ()
    outcome: Outcome = Outcome()
    left: tuple[Step, ...] = ()

    @property
    def error(self) -> DriverError | None:
        if self.outcome.error is not None:
            return self.outcome.error
        if self.left:
            return Retryable(
                "The change was accepted and does not show yet",
                "\n".join(step.summary for step in self.left),
            )
        return None

    @property
    def changed(self) -> bool:
        return bool(self.steps)


def reconcile(driver: Driver, desired: Mapping[str, Any]) -> dict[str, Result]:
    """Bring a batch of services to their desired state on an open driver.

    A service whose plan cannot be made is set aside with its error; the others go on.

    :raise DriverError: the device as a whole failed. Nothing is known about what was done: the next
        run starts by looking
    """
    if not desired:
        return {}
    observed = driver.observe(desired)
    results: dict[str, Result] = {}
    todo: dict[str, tuple[Step, ...]] = {}
    for key, value in desired.items():
        try:
            steps = driver.plan(value, observed.get(key))
        except DriverError as error:
            results[key] = Result(outcome=Outcome(error))
            continue
        if steps:
            todo[key] = steps
        else:
            results[key] = Result()
    if not todo:
        return results
    outcomes = driver.apply(todo)
    applied = {key: desired[key] for key in todo if outcomes.get(key, Outcome()).ok}
    left = driver.verify(applied) if applied else {}
    for key, steps in todo.items():
        outcome = outcomes.get(key) or Outcome(Retryable("The device did not get to it"))
        results[key] = Result(steps, outcome, tuple(left.get(key, ())))
    return results
