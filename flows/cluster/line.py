"""A painter's line to the run it works for: news of its designs go out, the run's orders come in."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

import ray
from ray.exceptions import RayError

from flows.cluster.switchboard import News, Orders
from flows.progress import Outcome, Progress
from flows.stopping import StopFlag

log = logging.getLogger(__name__)

# How often both sides ask the switchboard, seconds.
ASK_EVERY_S = 0.5
# A switchboard that does not answer is asked again, seconds.
ANSWERS_WITHIN_S = 30.0


class Line(Progress):
    """The counts of one batch in a process that paints for a run elsewhere: they are passed on to it.

    Asked from a thread of its own for as long as the process lives; it ends with the run's Ray job.
    """

    def __init__(self, batch_id: str, switchboard: str, stop: StopFlag) -> None:
        super().__init__(batch_id)
        self._board: Any = ray.get_actor(switchboard)
        self._stop = stop
        self._news: list[News] = []
        self._latest_steps: dict[object, News] = {}
        self._asking = threading.Lock()
        threading.Thread(target=self._keep_asking, name=f"line of {batch_id}", daemon=True).start()

    def settle(self, design_id: str, outcome: Outcome) -> None:
        """Pass on what became of a design."""
        with self._lock:
            self._news.append(("settle", design_id, outcome.value))

    def step(self, batch: object, designs: int, share: float) -> None:
        """Pass on how far a batch is; of several steps between two questions the last one."""
        with self._lock:
            self._latest_steps[batch] = ("step", str(batch), designs, share)

    def batch_ended(self, batch: object) -> None:
        """Pass on that a batch's designs count one by one from here."""
        with self._lock:
            self._latest_steps.pop(batch, None)
            self._news.append(("ended", str(batch)))

    def ask(self) -> None:
        """Pass the news on and heed the orders; news that did not get through go with the next ones."""
        with self._asking:
            with self._lock:
                news = [*self._news, *self._latest_steps.values()]
                self._news, self._latest_steps = [], {}
            try:
                answer: ray.ObjectRef[Orders] = self._board.exchange.remote(news)
                orders = ray.get(answer, timeout=ANSWERS_WITHIN_S)
            except RayError as error:
                log.info("the run of %s does not answer (%s); asking again", self.batch_id, error)
                with self._lock:
                    self._news = news + self._news
                return
        if orders.cancelled:
            self._stop.cancel()
        if orders.budget_spent:
            self._stop.spend_budget()

    def _keep_asking(self) -> None:
        while True:
            time.sleep(ASK_EVERY_S)
            self.ask()


class Operator:
    """The run's end of the switchboard: passes its orders on and counts the painters' news."""

    def __init__(self, board: Any, progress: Progress, stop: StopFlag, look: Callable[[], None]) -> None:
        self._board = board
        self._progress = progress
        self._stop = stop
        self._look = look
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._keep_asking, name="switchboard", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Ask for the last news and stop asking."""
        self._ended.set()
        self._thread.join()

    def ask(self) -> None:
        """Pass the orders on and count the news."""
        orders = Orders(cancelled=self._stop.cancelled, budget_spent=self._stop.budget_spent)
        try:
            answer: ray.ObjectRef[list[News]] = self._board.take.remote(orders)
            news = ray.get(answer, timeout=ANSWERS_WITHIN_S)
        except RayError as error:
            log.info("the switchboard does not answer (%s); asking again", error)
            return
        for one in news:
            self._count(*one)

    def _count(self, kind: Any, *told: Any) -> None:
        if kind == "settle":
            design_id, outcome = told
            self._progress.settle(design_id, Outcome(outcome))
        elif kind == "step":
            batch, designs, share = told
            self._progress.step(batch, designs, share)
        else:
            self._progress.batch_ended(told[0])

    def _keep_asking(self) -> None:
        while not self._ended.wait(ASK_EVERY_S):
            self.ask()
            self._look()
        self.ask()
