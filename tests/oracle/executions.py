"""Executions: what they visited, what they call, and where in the definition each strand of one stands."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, Protocol

from cooperative import SCHEDULER, Event, Fiber, Timeline, Timer, current
from envelope import Envelope, TaskFailed

ACCOUNT = "000000000000"
REGION = "us-east-1"
START_EXECUTION = "arn:aws:states:::states:startExecution"
MACHINE = "machine"
DEFAULT_NOW = 1_767_225_600_000  # 2026-01-01T00:00:00.000Z
DEFAULT_MAX_VISITS = 10_000

Json = Any
Machine = Mapping[str, Json]


class Rejected(Exception):
    """A definition that is refused when it is created."""


class ExecutionFailed(Exception):
    """An execution ended with an error name and a cause."""

    def __init__(self, error: str, cause: str) -> None:
        super().__init__(f"{error}: {cause}")
        self.error = error
        self.cause = cause


class ExpressionFailed(Exception):
    """A bare expression failed."""


class Interpreter(Protocol):
    """What differs between the oracles."""

    name: str

    def prepare(self, machine: Machine) -> Any:
        """Checks a definition and readies it for any number of executions, or raises `Rejected`."""

    def execute(self, prepared: Any, execution_input: Json, context: dict[str, Json]) -> Json:
        """Runs it in the current fiber: returns its output or raises `ExecutionFailed`."""

    def evaluate(self, expression: str, bindings: Mapping[str, Json]) -> tuple[bool, Json]:
        """Whether a bare expression gives a value, and the value. Raises `ExpressionFailed`."""

    def findings(self, machine: Machine) -> list[dict[str, str]]:
        """What validators say about a definition."""


def timestamp(milliseconds: int) -> str:
    """A moment as Step Functions writes it."""
    moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


# An ISO 8601 date and time with an offset, as a Wait reads its Timestamp: T or t; seconds, and up to nine digits of
# their fraction, may be left out; Z, z or an offset.
_DATE_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d)(:\d\d)?(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)")


def moment(text: Json) -> int | None:
    """The milliseconds since 1970 of such a text; None for any other."""
    found = _DATE_TIME.fullmatch(text) if isinstance(text, str) else None
    if found is None or (found[4] and not found[3]):
        return None
    offset = "+00:00" if found[5] in "Zz" else found[5]
    try:
        whole = datetime.fromisoformat(f"{found[1]}T{found[2]}{found[3] or ':00'}{offset}")
    except ValueError:
        return None
    return round(whole.timestamp() * 1000) + int((found[4] or ".0")[1:4].ljust(3, "0"))


class Scope:
    """A sequence of states that run one after another: the machine, one branch, one iteration.

    `path` names it. A retried or looping Parallel or Map opens scopes of the same path again: `rounds` tells these
    apart, one number for each element of the path, 0 for the first time.
    """

    def __init__(self, path: tuple[tuple[str, int], ...] = (), rounds: tuple[int, ...] = ()) -> None:
        self.path = path
        self.rounds = rounds
        self._opened: dict[str, int] = {}

    def open(self, state: str) -> Opening:
        """A Parallel, a Map or a child execution of this scope begins."""
        count = self._opened.get(state, 0)
        self._opened[state] = count + 1
        return Opening(self, state, count)

    def describe(self) -> dict[str, Json]:
        return {"path": [list(step) for step in self.path], "rounds": list(self.rounds)}


class Opening:
    """One time a state opened inner scopes."""

    def __init__(self, scope: Scope, state: str, count: int) -> None:
        self._scope = scope
        self._state = state
        self._round = count
        self._inner = 0

    def inner(self, index: int | None = None) -> Scope:
        """The inner scope of that index, or the next one."""
        if index is None:
            index = self._inner
            self._inner += 1
        return Scope((*self._scope.path, (self._state, index)), (*self._scope.rounds, self._round))


@dataclass
class Attempt:
    """One attempt of a Task state."""

    state: str
    number: int
    timeout: float | None = None
    heartbeat: float | None = None
    token: str | None = None
    # Told what the service has answered, where the attempt goes on after that; and since when.
    submitted: Callable[[Json, int], None] | None = None

    def submit(self, answer: Json, since: int) -> None:
        if self.submitted is not None:
            self.submitted(answer, since)


@dataclass
class Strand:
    """What the oracle knows of a fiber: `Fiber.local`."""

    run: Run
    scope: Scope
    opening: Opening | None = None
    # What else the interpreter remembers of a strand.
    extra: Any = None


def strand() -> Strand:
    found = current().local
    assert isinstance(found, Strand)
    return found


class Call:
    """A task attempt that waits for the harness."""

    def __init__(self, number: int, run: Run, attempt: Attempt) -> None:
        self.number = number
        self.run = run
        self._attempt = attempt
        self._answered = Event()
        self._outcome: Callable[[], Json] | None = None
        self._timers: list[Timer] = []
        self._held = False
        run.timeline.hold()

    def wait(self) -> Json:
        """The task's result, or `TaskFailed`. Tells the harness where nobody wants the answer any more."""
        try:
            self._answered.wait()
        finally:
            self._settle()
            if self._outcome is None:
                self.run.wire.send({"type": "cancelled", "call": self.number})
        assert self._outcome is not None
        return self._outcome()

    def answer(self, outcome: Callable[[], Json]) -> None:
        if self._outcome is None:
            self._outcome = outcome
            self._settle()
            self._answered.set()

    def answer_after(self, milliseconds: int, outcome: Callable[[], Json]) -> None:
        """Answers once so much time has passed. A timeout of the attempt that is due by then comes first."""
        if milliseconds <= 0:
            self.answer(outcome)
            return
        self.hold()
        timeline = self.run.timeline
        self._timers.append(timeline.at(timeline.now + milliseconds, partial(self.answer, outcome)))

    def fail(self, error: str) -> None:
        def outcome() -> Json:
            raise TaskFailed(error)

        self.answer(outcome)

    def hold(self) -> None:
        """Leaves the call in flight and lets time pass, so that timers fire, the attempt's own among them."""
        if self._held:
            return
        self._held = True
        timeline = self.run.timeline
        for seconds, error in (
            (self._attempt.heartbeat, "States.HeartbeatTimeout"),
            (self._attempt.timeout, "States.Timeout"),
        ):
            if seconds is not None:
                moment = timeline.now + round(seconds * 1000)
                self._timers.append(timeline.at(moment, partial(self.fail, error)))
        timeline.release()

    def _settle(self) -> None:
        """The call is out of the harness's hands; the clock may move again."""
        for timer in self._timers:
            timer.cancel()
        if not self._held:
            self._held = True
            self.run.timeline.release()
        self.run.wire.forget(self)


class Wire(Protocol):
    """The harness's end."""

    def send(self, message: dict[str, Json]) -> None: ...

    def register(self, run: Run, attempt: Attempt) -> Call:
        """A new call, which answers will find by its number."""

    def forget(self, call: Call) -> None: ...


class Run:
    """One `run` of the harness: an execution, and the child executions it starts."""

    def __init__(self, wire: Wire, interpreter: Interpreter, request: Mapping[str, Json]) -> None:
        self.wire = wire
        self.id = request["id"]
        self.timeline = Timeline(request.get("now", DEFAULT_NOW))
        self.visits: list[dict[str, Json]] = []
        self.waits: list[dict[str, Json]] = []
        self.keeps_history = bool(request.get("history"))
        self._histories: dict[str, Callable[[], list[dict[str, Json]]]] = {}
        self.uuids: list[str] = list(request.get("uuids", []))
        self.randoms: list[float] = list(request.get("randoms", []))
        self._interpreter = interpreter
        self._request = request
        self._max_visits = request.get("max_visits", DEFAULT_MAX_VISITS)
        self._prepared = interpreter.prepare(request["machine"])
        # The machine itself may be started, too.
        self._definitions = {MACHINE: request["machine"], **request.get("machines", {})}
        self._children = {name: interpreter.prepare(machine) for name, machine in self._definitions.items()}
        self._tokens = 0
        self._started = 0
        self._background: list[Fiber] = []
        self._main: Fiber | None = None
        self._over = False

    def start(self) -> None:
        timeout = self._request["machine"].get("TimeoutSeconds")
        name = self._request.get("execution_name") or "execution"

        def body() -> Json:
            current().local = Strand(self, Scope())
            try:
                return self._execute(self._prepared, MACHINE, name, self._request.get("input"))
            finally:
                for fiber in self._background:
                    fiber.join()

        self._main = SCHEDULER.spawn(self.timeline, body)
        self._main.on_finish(self._ended)
        if isinstance(timeout, int):
            self.timeline.at(self.timeline.now + timeout * 1000, self._timed_out)

    def stop(self, error: str, cause: str) -> None:
        self._end("ABORTED", error=error, cause=cause)

    def keep_history(self, execution: str, read: Callable[[], list[dict[str, Json]]]) -> None:
        """An execution has begun whose events can be read; the first one is the run's own."""
        if self.keeps_history:
            self._histories[execution] = read

    def give_up_soon(self, message: str) -> None:
        """The oracle cannot carry the execution on, whatever the definition would do on AWS."""
        SCHEDULER.defer(lambda: self._give_up(message))

    def enter(self, state: str, kind: str) -> None:
        """Records that a state is entered."""
        if len(self.visits) >= self._max_visits:
            self.give_up_soon(f"more than {self._max_visits} states were entered (`max_visits`)")
            # An exception the interpreter would take for its own.
            SCHEDULER.suspend()
        self.visits.append({**strand().scope.describe(), "state": state, "type": kind})

    def wait_until(self, state: str, moment: int) -> None:
        """A Wait state: passes time up to a moment."""
        self.waits.append({**strand().scope.describe(), "state": state, "from": self.timeline.now, "until": moment})
        self.timeline.sleep_until(moment)

    def new_token(self) -> str:
        self._tokens += 1
        return f"token-{self.id}-{self._tokens}"

    def call(self, attempt: Attempt, resource: str, arguments: Json) -> Json:
        """One attempt of a task: its result, or `TaskFailed`."""
        if child := self._child(resource, arguments):
            return self._start_child(child, attempt, resource, arguments)
        envelope = Envelope.of(resource, arguments)
        since = self.timeline.now
        call = self.wire.register(self, attempt)
        self.wire.send(
            {
                "type": "call",
                "call": call.number,
                "run": self.id,
                "state": attempt.state,
                **strand().scope.describe(),
                "resource": resource,
                "task": envelope.task,
                "input": envelope.input,
                "attempt": attempt.number,
                "token": attempt.token,
                "timeout": attempt.timeout,
                "heartbeat": attempt.heartbeat,
            }
        )
        try:
            result = call.wait()
            attempt.submit(envelope.submitted(), since)
            return envelope.result(result)
        except TaskFailed as failed:
            if not failed.before_token:
                attempt.submit(envelope.submitted(), since)
            if failed.error in ("States.Timeout", "States.HeartbeatTimeout"):
                raise
            raise envelope.failure(failed.error, failed.cause, failed.before_token) from None

    def _execute(self, prepared: Any, machine: str, name: str, execution_input: Json) -> Json:
        context = {
            "Execution": {
                "Id": f"arn:aws:states:{REGION}:{ACCOUNT}:execution:{machine}:{name}",
                "Input": execution_input,
                "Name": name,
                "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/{machine}",
                "StartTime": timestamp(self.timeline.now),
                "RedriveCount": 0,
            },
            "StateMachine": {"Id": f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{machine}", "Name": machine},
        }
        return self._interpreter.execute(prepared, execution_input, context)

    def _child(self, resource: str, arguments: Json) -> str | None:
        """The name of the machine a `startExecution` starts, where the harness gave its definition."""
        if resource.removesuffix(":2").removesuffix(".sync") != START_EXECUTION or not isinstance(arguments, dict):
            return None
        name = str(arguments.get("StateMachineArn")).rpartition(":")[2]
        return name if name in self._children else None

    def _start_child(self, machine: str, attempt: Attempt, resource: str, arguments: Json) -> Json:
        """`states:startExecution`, and with `.sync` and `.sync:2` the end of the execution it starts."""
        self._started += 1
        name = arguments.get("Name", f"child-{self._started}")
        text = arguments.get("Input", {})
        child_input = json.loads(text) if isinstance(text, str) else text
        scope = strand().scope.open(attempt.state).inner()

        def body() -> Json:
            current().local = Strand(self, scope)
            return self._execute(self._children[machine], machine, name, child_input)

        started = {
            "ExecutionArn": f"arn:aws:states:{REGION}:{ACCOUNT}:execution:{machine}:{name}",
            "StartDate": self.timeline.now,
        }
        if resource == START_EXECUTION:
            self._background.append(SCHEDULER.spawn(self.timeline, body, self._main))
            return started
        attempt.submit(started, self.timeline.now)
        fiber = SCHEDULER.spawn(self.timeline, body)
        late = self._join_child(fiber, self._definitions[machine].get("TimeoutSeconds"), attempt.timeout)
        return _described(fiber, late, resource, machine, name, child_input, started, self.timeline.now)

    def _join_child(self, fiber: Fiber, own: Json, patience: float | None) -> bool:
        """Waits for the end of a child. True where it took longer than its machine allows."""
        ended = Event()
        fiber.on_finish(lambda _: ended.set())
        expired: list[str] = []

        def expire(what: str) -> None:
            expired.append(what)
            ended.set()

        now = self.timeline.now
        limits = [("own", own), ("state", patience)]
        timers = [
            self.timeline.at(now + round(seconds * 1000), partial(expire, what))
            for what, seconds in limits
            if isinstance(seconds, (int, float))
        ]
        try:
            ended.wait()
        finally:
            for timer in timers:
                timer.cancel()
        if not expired or fiber.finished:
            return False
        fiber.kill()
        if expired[0] == "state":
            raise TaskFailed("States.Timeout")
        return True

    def _ended(self, fiber: Fiber) -> None:
        if fiber.error is None:
            self._end("SUCCEEDED", output=fiber.value)
        elif isinstance(fiber.error, ExecutionFailed):
            self._end("FAILED", error=fiber.error.error, cause=fiber.error.cause)
        else:
            self._give_up(f"{type(fiber.error).__name__}: {fiber.error}")

    def _give_up(self, message: str) -> None:
        if self._over:
            return
        self._over = True
        assert self._main is not None
        self._main.kill()
        self.wire.send({"type": "error", "id": self.id, "message": message})

    def _timed_out(self) -> None:
        self._end("TIMED_OUT", error="States.Timeout", cause="")

    def _end(self, status: str, output: Json = None, error: str | None = None, cause: str | None = None) -> None:
        if self._over:
            return
        self._over = True
        assert self._main is not None
        self._main.kill()
        done = {
            "type": "done",
            "id": self.id,
            "status": status,
            "output": output,
            "error": error,
            "cause": cause,
            "visits": self.visits,
            "waits": self.waits,
            "now": self.timeline.now,
        }
        if self._histories:
            own, *children = [(execution, read()) for execution, read in self._histories.items()]
            self._add_end(own[1], status, error, cause)
            done["history"] = own[1]
            done["histories"] = dict(children)
        self.wire.send(done)

    def _add_end(self, history: list[dict[str, Json]], status: str, error: str | None, cause: str | None) -> None:
        """The last event of an execution that was ended from outside of its interpreter."""
        kind, details = {
            "ABORTED": ("ExecutionAborted", {"executionAbortedEventDetails": {"error": error, "cause": cause}}),
            "TIMED_OUT": ("ExecutionTimedOut", {"executionTimedOutEventDetails": {}}),
        }.get(status, (None, {}))
        if kind is not None:
            last = len(history)
            moment = timestamp(self.timeline.now)
            history.append({"timestamp": moment, "type": kind, "id": last + 1, "previousEventId": last, **details})


def _described(
    fiber: Fiber, late: bool, resource: str, machine: str, name: str, child_input: Json, started: dict[str, Json], now: int
) -> Json:
    """What `.sync` and `.sync:2` give: DescribeExecution of the child, with `:2` its input and output as JSON."""

    def shown(value: Json) -> Json:
        return value if resource.endswith(":2") else json.dumps(value, separators=(",", ":"))

    described = {
        **started,
        "Input": shown(child_input),
        "InputDetails": {"Included": True},
        "Name": name,
        "StateMachineArn": f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{machine}",
        "StopDate": now,
    }
    if late:
        raise TaskFailed("States.TaskFailed", json.dumps({**described, "Status": "TIMED_OUT"}, separators=(",", ":")))
    if fiber.error is None:
        return {
            **described,
            "Output": shown(fiber.value),
            "OutputDetails": {"Included": True},
            "Status": "SUCCEEDED",
        }
    if not isinstance(fiber.error, ExecutionFailed):
        raise fiber.error
    failed = {**described, "Status": "FAILED", "Error": fiber.error.error, "Cause": fiber.error.cause}
    raise TaskFailed("States.TaskFailed", json.dumps(failed, separators=(",", ":")))
