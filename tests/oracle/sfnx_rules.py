"""Changes to `sfnx.testing` so that it runs as an oracle.

The interpreter runs the branches of a Parallel and the iterations of a Map one after another, and knows no time. Here
each becomes a fiber of its own, and time is the virtual one of the execution. What states mean stays its own. The
rules of AWS it lacks are restored; each patch names its rule.
"""

from __future__ import annotations

import functools
import itertools
import json
import math
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from types import SimpleNamespace
from typing import Any

import jsonata
from jsonata.utils import Utils
from sfnx import testing

from bindings import bindings_for
from cooperative import SCHEDULER, Event, Fiber, current
from envelope import TaskFailed, is_activity
from executions import DEFAULT_NOW, Attempt, Json, Opening, Run, Scope, Strand, moment, strand, timestamp

PARSED_EXPRESSIONS = 4096
EXACT_INTEGERS = 2**53
LARGEST_PAYLOAD = 256 * 1024

_original = SimpleNamespace(
    attempt=testing.attempt,
    check_expressions=testing.check_expressions,
    entered=testing.entered,
    evaluate=testing.evaluate,
    new_uuid=testing.new_uuid,
    nulls=testing.nulls,
    random_number=testing.random_number,
    retried=testing.retried,
    scope=testing.scope,
    settled=testing.settled,
    numeric=jsonata.Jsonata.evaluate_numeric_expression,
)


@dataclass
class Standing:
    """Where the interpreter stands in one strand: `Strand.extra`."""

    states: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    entered: int = 0
    token: str | None = None
    attempt: Attempt | None = None
    # The attempts of each retrier so far, and as they were at the attempt before.
    retries: list[int] = field(default_factory=list)
    retries_before: tuple[int, ...] = ()
    inner: Inner | None = None


def _standing() -> Standing:
    extra = strand().extra
    assert isinstance(extra, Standing)
    return extra


def execute(definition: Mapping[str, Json], execution_input: Json, context: dict[str, Json]) -> Json:
    """Runs a definition in the current fiber; raises `testing.Failure`."""
    strand().extra = Standing(states=definition["States"])
    return _within_limit(_original.scope(definition, {}, execution_input, context, _Recorder()))


class _Recorder(testing.Record):
    """Tells the run of every state entered, wait and call, instead of keeping lists of them."""

    def __init__(self) -> None:
        super().__init__(tasks=None, waits=_wait)
        self.states = _Entries()

    def call(self, state: str, resource: object, arguments: object) -> object:
        standing = _standing()
        assert isinstance(resource, str) and standing.attempt is not None
        if isinstance(arguments, _Verbatim):
            arguments = arguments.value
        try:
            return _within_limit(strand().run.call(standing.attempt, resource, arguments))
        except TaskFailed as failed:
            raise testing.Failure(failed.error, failed.cause) from None


def _within_limit(payload: Json) -> Json:
    """Rule: the result of a task and the output of an execution have at most 256 KiB."""
    if len(json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()) > LARGEST_PAYLOAD:
        raise testing.Failure("States.DataLimitExceeded", "a payload is larger than the service's limit")
    return payload


@dataclass(frozen=True)
class _Verbatim:
    """Arguments that hold no expressions, whatever they look like."""

    value: Json


class _Entries(list[str]):
    """The interpreter appends the name of each state it enters."""

    def append(self, name: str) -> None:
        standing = _standing()
        run = strand().run
        run.enter(name, standing.states[name]["Type"])
        standing.entered = run.timeline.now


def _wait(wait: testing.Wait) -> None:
    run = strand().run
    until = run.timeline.now + wait.seconds * 1000 if wait.seconds is not None else moment(wait.timestamp)
    assert until is not None, "the interpreter has checked the timestamp"
    run.wait_until(wait.state, until)


class Inner:
    """The inner scopes of one attempt of a Parallel or a Map, at most `limit` of them at a time (0: all).

    Rule: branches and iterations run concurrently; the first failure stops the others and is the state's failure.
    A distributed Map tolerates failures, so its children run one after another, as the interpreter has it.
    """

    def __init__(self, opening: Opening, limit: int, distributed: bool) -> None:
        self._parent = current()
        self._opening = opening
        self._limit = limit
        self._distributed = distributed
        self._fibers: list[Fiber] = []
        self._waiting: deque[Pending] = deque()
        self._running = 0
        self._failed: Fiber | None = None
        self._changed = Event()

    def start(self, definition: Mapping[str, Json], function: Callable[[], Json]) -> Json:
        pending = Pending(self._opening.inner(), definition, function)
        self._waiting.append(pending)
        self._start_waiting()
        if not self._distributed:
            return pending
        self._join()
        assert pending.fiber is not None
        return pending.fiber.value

    def results(self, pending: list[Pending]) -> list[Json]:
        self._join()
        return [each.fiber.value for each in pending if each.fiber is not None]

    def _start_waiting(self) -> None:
        while self._waiting and self._failed is None and (self._limit == 0 or self._running < self._limit):
            pending = self._waiting.popleft()
            self._running += 1
            # Also what an iteration that ends makes room for belongs to the Map.
            pending.fiber = SCHEDULER.spawn(self._parent.timeline, pending.run, self._parent)
            pending.fiber.on_finish(self._finished)
            self._fibers.append(pending.fiber)

    def _finished(self, fiber: Fiber) -> None:
        self._running -= 1
        if fiber.error is not None and self._failed is None:
            self._failed = fiber
        self._start_waiting()
        self._changed.set()

    def _join(self) -> None:
        while self._failed is None and (self._running or self._waiting):
            self._changed.wait()
            self._changed.clear()
        if self._failed is not None:
            failed, self._failed = self._failed, None
            for fiber in self._fibers:
                fiber.kill()
            assert failed.error is not None
            raise failed.error


class Pending:
    """An inner scope whose result is not known yet."""

    def __init__(self, scope: Scope, definition: Mapping[str, Json], function: Callable[[], Json]) -> None:
        self.fiber: Fiber | None = None
        self._scope = scope
        self._definition = definition
        self._function = function

    def run(self) -> Json:
        local = strand()
        current().local = Strand(local.run, self._scope, extra=Standing(states=self._definition["States"]))
        return self._function()


def _scope(
    definition: Mapping[str, Json],
    variables: dict[str, Json],
    state_input: Json,
    context: Mapping[str, Json],
    record: testing.Record,
) -> Json:
    """A branch or an iteration: starts it, and leaves its result to `_settled`."""
    inner = _standing().inner
    assert inner is not None
    return inner.start(definition, lambda: _original.scope(definition, variables, state_input, context, record))


def _settled(fields: Mapping[str, Json], variables: Mapping[str, Json], frame: Json, default: Json) -> Json:
    """The results of a Parallel or a Map are awaited before its Assign and Output read them."""
    if isinstance(default, list) and default and isinstance(default[0], Pending):
        inner = _standing().inner
        assert inner is not None
        # The same list is the result in the frame.
        default[:] = inner.results(default)
    return _original.settled(fields, variables, frame, default)


def _attempt(
    state: Mapping[str, Json],
    name: str,
    variables: dict[str, Json],
    frame: dict[str, Json],
    context: Mapping[str, Json],
    record: testing.Record,
) -> Json:
    """One attempt of a Task, Parallel or Map, after the interval of its retrier."""
    standing = _standing()
    _back_off(standing, state)
    kind = state["Type"]
    if kind != "Task":
        return _attempt_of_many(standing, state, name, variables, frame, context, record)
    standing.attempt = Attempt(
        state=name,
        number=frame["context"]["State"]["RetryCount"] + 1,
        timeout=testing.value(state.get("TimeoutSeconds"), variables, frame),
        heartbeat=testing.value(state.get("HeartbeatSeconds"), variables, frame),
        token=standing.token if "Task" in frame["context"] else None,
    )
    # Rule: the Arguments of an activity are the state's input where they are not given.
    if "Arguments" not in state and is_activity(state["Resource"]):
        state = {**state, "Arguments": _Verbatim(frame["input"])}
    return _original.attempt(state, name, variables, frame, context, record)


def _attempt_of_many(
    standing: Standing,
    state: Mapping[str, Json],
    name: str,
    variables: dict[str, Json],
    frame: dict[str, Json],
    context: Mapping[str, Json],
    record: testing.Record,
) -> Json:
    distributed = state.get("ItemProcessor", {}).get("ProcessorConfig", {}).get("Mode") == "DISTRIBUTED"
    limit = testing.value(state.get("MaxConcurrency", 0), variables, frame)
    # The attempt an ItemReader is read in.
    standing.attempt = Attempt(state=name, number=frame["context"]["State"]["RetryCount"] + 1)
    standing.inner = Inner(strand().scope.open(name), limit, distributed)
    try:
        return _original.attempt(state, name, variables, frame, context, record)
    finally:
        standing.inner = None


def _retried(
    state: Mapping[str, Json],
    name: str,
    variables: dict[str, Json],
    state_input: Json,
    context: Mapping[str, Json],
    record: testing.Record,
    retries: list[int],
) -> Json:
    standing = _standing()
    standing.retries = retries
    standing.retries_before = ()
    return _original.retried(state, name, variables, state_input, context, record, retries)


def _back_off(standing: Standing, state: Mapping[str, Json]) -> None:
    """Rule: a retry waits IntervalSeconds times BackoffRate to the power of its retrier's earlier retries, and
    MaxDelaySeconds at the most. Full jitter may take all of it, and does."""
    retries, before = tuple(standing.retries), standing.retries_before
    standing.retries_before = retries
    for index, (count, earlier) in enumerate(itertools.zip_longest(retries, before, fillvalue=0)):
        if count > earlier:
            retrier = state["Retry"][index]
            delay = retrier.get("IntervalSeconds", 1) * retrier.get("BackoffRate", 2.0) ** (count - 1)
            delay = min(delay, retrier.get("MaxDelaySeconds", math.inf))
            strand().run.timeline.sleep(round(delay * 1000))


def _entered(context: Mapping[str, Json], name: str, state: Mapping[str, Json], retries: int = 0) -> dict[str, Json]:
    """Rule: EnteredTime is the time of the entry, the same in every attempt. Each attempt has a token of its own."""
    found = _original.entered(context, name, state, retries)
    standing = _standing()
    found["State"]["EnteredTime"] = timestamp(standing.entered)
    if "Task" in found:
        standing.token = strand().run.new_token()
        found["Task"] = {"Token": standing.token}
    return found


def _evaluate(code: str, variables: Mapping[str, Json], states: Json) -> Json:
    """Rule: whatever fails in an expression is States.QueryEvaluationError; the engine's own exceptions too."""
    read = bindings_for(code, variables, states)
    read_states = read.pop("states", {})
    try:
        return _original.evaluate(code, read, read_states)
    except testing.Failure:
        raise
    except Exception as error:
        raise testing.Failure("States.QueryEvaluationError", f"{code}: {type(error).__name__}: {error}") from error


def _nulls(data: Json) -> Json:
    """Rule: numbers are doubles, so an expression reads an integer past 2^53 rounded."""
    if isinstance(data, int) and not isinstance(data, bool) and abs(data) > EXACT_INTEGERS:
        return float(data)
    return _original.nulls(data)


def _numeric(self: jsonata.Jsonata, lhs: Json, rhs: Json, op: str) -> Json:
    """Rule: division by zero, and arithmetic past the range of a double, give what leaves the expression as the text
    "Infinity", "-Infinity" or "NaN", and do not fail."""
    if Utils.is_numeric(lhs) and Utils.is_numeric(rhs):
        left, right = float(lhs), float(rhs)
        if right == 0 and op in ("/", "%"):
            return math.nan if left == 0 or op == "%" else math.copysign(math.inf, left) * math.copysign(1, right)
        result = {"+": left + right, "-": left - right, "*": left * right}.get(op)
        if op == "/":
            result = left / right
        if result is not None and math.isinf(result):
            return result
    return _original.numeric(self, lhs, rhs, op)


def _check_expressions(where: str, template: Json, allowed: frozenset[str]) -> None:
    """Rule: Step Functions has no $eval."""
    _original.check_expressions(where, template, allowed)
    code = testing.expression(template)
    if code is not None and _reads(jsonata.Jsonata(code).ast, "eval"):
        raise testing.InvalidDefinition(f"{where}: Step Functions has no $eval")


def _reads(node: Any, variable: str) -> bool:
    pending = [node]
    while pending:
        node = pending.pop()
        if isinstance(node, list):
            pending.extend(node)
        elif isinstance(node, jsonata.Parser.Symbol):
            if node.type == "variable" and node.value == variable:
                return True
            pending.extend(member for name, member in vars(node).items() if name != "_outer_instance")
    return False


def _run() -> Run | None:
    """The run an expression belongs to; None for a bare one."""
    return strand().run if SCHEDULER.current is not None else None


def _now() -> int:
    run = _run()
    return DEFAULT_NOW if run is None else run.timeline.now


class _VirtualDatetime(datetime):
    @classmethod
    def now(cls, tz: tzinfo | None = None) -> _VirtualDatetime:
        return cls.fromtimestamp(_now() / 1000, tz)


def _new_uuid(*arguments: Json) -> str:
    found = _original.new_uuid(*arguments)
    run = _run()
    return run.uuids.pop(0) if run is not None and run.uuids else found


def _random_number(*arguments: Json) -> float:
    found = _original.random_number(*arguments)
    run = _run()
    return run.randoms.pop(0) if run is not None and run.randoms and not arguments else found


def apply() -> None:
    testing.scope = _scope
    testing.settled = _settled
    testing.attempt = _attempt
    testing.retried = _retried
    testing.entered = _entered
    testing.evaluate = _evaluate
    testing.nulls = _nulls
    testing.check_expressions = _check_expressions
    testing.datetime = _VirtualDatetime
    testing.time = SimpleNamespace(time=lambda: _now() / 1000)
    testing.new_uuid = _new_uuid
    testing.random_number = _random_number
    jsonata.Jsonata.evaluate_numeric_expression = _numeric
    # A tree is only read once it is parsed, and the same expressions come again and again.
    parser = jsonata.Jsonata.get_parser()
    parser.parse = functools.lru_cache(PARSED_EXPRESSIONS)(parser.parse)
