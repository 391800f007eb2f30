"""Fibers and a virtual clock: how an oracle runs many executions without threads and without waiting.

Rules:

* One fiber runs at a time, and only `Event.wait`, `Timeline.sleep` and `Fiber.join` let another one run. So the order
  of everything in an execution follows from the order of the answers the harness gives, and from nothing else.
* An execution has a `Timeline` of its own. Computing takes no time. Its clock moves only when none of its fibers can
  run and it waits for no answer: then it jumps to the next timer.
* Killing a fiber kills the fibers it started.
"""

from __future__ import annotations

import copy
import heapq
import itertools
from collections import deque
from collections.abc import Callable
from typing import Any

import greenlet

Killed = greenlet.GreenletExit


class Scheduler:
    """The fibers that can run, in the order in which they became able to."""

    def __init__(self) -> None:
        self._ready: deque[Fiber] = deque()
        self._idle: dict[Timeline, None] = {}
        self._deferred: deque[Callable[[], None]] = deque()
        self.main = greenlet.getcurrent()
        self.current: Fiber | None = None

    def spawn(self, timeline: Timeline, function: Callable[[], Any], parent: Fiber | None = None) -> Fiber:
        """Starts a fiber, under the one that runs now where no other parent is given."""
        fiber = Fiber(timeline, function, parent or self.current)
        self.resume(fiber)
        return fiber

    def resume(self, fiber: Fiber) -> None:
        self._ready.append(fiber)

    def suspend(self) -> None:
        """Hands over to the scheduler until somebody resumes the fiber."""
        self.main.switch()

    def defer(self, callback: Callable[[], None]) -> None:
        """Calls back outside of any fiber, before anything else runs."""
        self._deferred.append(callback)

    def may_advance(self, timeline: Timeline) -> None:
        """Notes that the timeline's clock may move once nothing can run."""
        self._idle[timeline] = None

    def run_until_idle(self) -> None:
        """Runs fibers and moves clocks until every execution waits for an answer or has ended."""
        while True:
            while self._ready or self._deferred:
                while self._deferred:
                    self._deferred.popleft()()
                if not self._ready:
                    break
                fiber = self._ready.popleft()
                if not fiber.finished:
                    self.current = fiber
                    fiber.greenlet.switch()
                    self.current = None
            if not self._idle:
                return
            timeline = next(iter(self._idle))
            del self._idle[timeline]
            timeline.advance()


class Fiber:
    """One strand of one execution: its main line, a branch of a Parallel, or an iteration of a Map."""

    def __init__(self, timeline: Timeline, function: Callable[[], Any], parent: Fiber | None) -> None:
        self.timeline = timeline
        self.finished = False
        self.value: Any = None
        self.error: Exception | None = None
        # What an interpreter remembers of this strand; a fiber starts with a copy of its parent's.
        self.local: Any = None if parent is None else copy.copy(parent.local)
        self._function = function
        self._parent = parent
        self._children: dict[Fiber, None] = {}
        self._on_finish: list[Callable[[Fiber], None]] = []
        self.greenlet = greenlet.greenlet(self._run, parent=SCHEDULER.main)
        if parent is not None:
            parent._children[self] = None

    def on_finish(self, callback: Callable[[Fiber], None]) -> None:
        """Calls back when the function has returned or raised; not when the fiber is killed."""
        self._on_finish.append(callback)

    def join(self) -> None:
        if not self.finished:
            event = Event()
            self.on_finish(lambda _: event.set())
            event.wait()

    def kill(self) -> None:
        """Ends the fiber and all it started, wherever they stand."""
        self.kill_children()
        if self.finished:
            return
        self._finish()
        if self.greenlet:
            # A dead greenlet continues in its parent: that must be whoever kills it.
            self.greenlet.parent = greenlet.getcurrent()
            self.greenlet.throw(Killed)

    def kill_children(self) -> None:
        for child in list(self._children):
            child.kill()

    def _run(self) -> None:
        try:
            self.value = self._function()
        except Exception as error:
            self.error = error
        except Killed:
            return
        self._finish()
        for callback in self._on_finish:
            callback(self)

    def _finish(self) -> None:
        self.finished = True
        if self._parent is not None:
            self._parent._children.pop(self, None)


class Event:
    """`threading.Event` for fibers."""

    def __init__(self) -> None:
        self._set = False
        self._waiting: list[Fiber] = []

    def is_set(self) -> bool:
        return self._set

    def set(self) -> None:
        self._set = True
        waiting, self._waiting = self._waiting, []
        for fiber in waiting:
            SCHEDULER.resume(fiber)

    def clear(self) -> None:
        self._set = False

    def wait(self) -> None:
        if not self._set:
            assert SCHEDULER.current is not None
            self._waiting.append(SCHEDULER.current)
            SCHEDULER.suspend()


class Timer:
    """Something due at a moment of a timeline."""

    def __init__(self, callback: Callable[[], None]) -> None:
        self.callback = callback
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


class Timeline:
    """The clock of one execution, in milliseconds since 1970, and what keeps it from moving."""

    def __init__(self, now: int) -> None:
        self.now = now
        self._timers: list[tuple[int, int, Timer]] = []
        self._serial = itertools.count()
        self._holds = 0

    def hold(self) -> None:
        """Stops the clock until the matching `release`: an answer is awaited."""
        self._holds += 1

    def release(self) -> None:
        self._holds -= 1
        if self._holds == 0:
            SCHEDULER.may_advance(self)

    def at(self, moment: int, callback: Callable[[], None]) -> Timer:
        timer = Timer(callback)
        heapq.heappush(self._timers, (max(moment, self.now), next(self._serial), timer))
        SCHEDULER.may_advance(self)
        return timer

    def sleep_until(self, moment: int) -> None:
        if moment <= self.now:
            return
        event = Event()
        timer = self.at(moment, event.set)
        try:
            event.wait()
        finally:
            timer.cancel()

    def sleep(self, milliseconds: int) -> None:
        self.sleep_until(self.now + milliseconds)

    def advance(self) -> None:
        """Moves to the next timer and fires it, unless an answer is awaited."""
        while self._timers and self._holds == 0:
            moment, _, timer = heapq.heappop(self._timers)
            if timer.cancelled:
                continue
            self.now = moment
            SCHEDULER.may_advance(self)
            timer.callback()
            return


SCHEDULER = Scheduler()


def current() -> Fiber:
    fiber = SCHEDULER.current
    assert fiber is not None, "only fibers run executions"
    return fiber
