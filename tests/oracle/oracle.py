"""The protocol on stdin and stdout: one JSON object a line. README.md describes it."""

from __future__ import annotations

import json
import math
import os
import select
import signal
import stat
import sys
import traceback
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from cooperative import SCHEDULER
from envelope import TaskFailed
from executions import Attempt, Call, ExpressionFailed, Interpreter, Json, Machine, Rejected, Run

# How often a waiting oracle looks whether its parent still lives.
PARENT_CHECK_SECONDS = 2
FLUSH_BYTES = 1 << 16
PREPARED_MACHINES = 512


class Harness:
    """The other end of stdin and stdout.

    Stdout belongs to the protocol: whatever else the process writes there goes to stderr. Neither end ever waits for
    the other to read: what arrives is taken in while messages go out.
    """

    def __init__(self) -> None:
        self._parent = os.getppid()
        self._out = os.dup(1)
        os.dup2(2, 1)
        mode = os.fstat(self._out).st_mode
        if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode):
            os.set_blocking(self._out, False)
        self._unsent = bytearray()
        self._unread = bytearray()
        self._ended = False

    def send(self, message: dict[str, Json]) -> None:
        self._unsent += _encoded(message)
        if len(self._unsent) > FLUSH_BYTES:
            self.flush()

    def flush(self) -> None:
        while self._unsent:
            self._wait(self._out)

    def messages(self) -> Iterator[dict[str, Json]]:
        """The messages that have arrived, after waiting for at least one; raises EOFError once the parent is gone."""
        while b"\n" not in self._unread:
            if self._ended:
                raise EOFError
            self._wait()
        *lines, self._unread = self._unread.split(b"\n")
        for line in lines:
            if line.strip():
                yield json.loads(line)

    def _wait(self, *writable: int) -> None:
        """Waits until something can be read, or written to the file given, and does so."""
        readable, ready, _ = select.select([] if self._ended else [0], writable, [], PARENT_CHECK_SECONDS)
        if os.getppid() != self._parent:
            raise EOFError
        if readable:
            data = os.read(0, 1 << 20)
            self._ended = not data
            self._unread += data
        if ready:
            try:
                del self._unsent[: os.write(self._out, self._unsent)]
            except BrokenPipeError:
                raise EOFError from None


def _encoded(message: dict[str, Json]) -> bytes:
    text = json.dumps(_as_doubles(message), separators=(",", ":"), ensure_ascii=False)
    try:
        return text.encode() + b"\n"
    except UnicodeEncodeError:
        # Half of a surrogate pair, as slicing may leave it, is no JSON text for most readers.
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode() + b"\n"


def _as_doubles(value: Json) -> Json:
    """JSON as one engine would write it: 1.0 as 1, and what is no number as the text Step Functions gives."""
    if isinstance(value, dict):
        return {key: _as_doubles(member) for key, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [_as_doubles(member) for member in value]
    if isinstance(value, float):
        if math.isnan(value):
            return "NaN"
        if math.isinf(value):
            return "Infinity" if value > 0 else "-Infinity"
        if value.is_integer() and abs(value) < 1e21:
            return int(value)
    return value


class BadRequest(Exception):
    """The harness asked for what makes no sense."""


class PreparedMachines:
    """An interpreter that prepares each of the latest definitions once."""

    def __init__(self, interpreter: Interpreter) -> None:
        self._interpreter = interpreter
        self._prepared: OrderedDict[str, Any] = OrderedDict()
        self.name = interpreter.name
        self.execute = interpreter.execute
        self.evaluate = interpreter.evaluate
        self.findings = interpreter.findings

    def prepare(self, machine: Machine) -> Any:
        key = json.dumps(machine)
        if key in self._prepared:
            self._prepared.move_to_end(key)
            return self._prepared[key]
        prepared = self._interpreter.prepare(machine)
        self._prepared[key] = prepared
        if len(self._prepared) > PREPARED_MACHINES:
            self._prepared.popitem(last=False)
        return prepared


class Oracle:
    """Runs what the harness asks for until it quits or is gone."""

    def __init__(self, interpreter: Interpreter) -> None:
        self._harness = Harness()
        self._interpreter = PreparedMachines(interpreter)
        self._calls: dict[int, Call] = {}
        self._last_call = 0
        self._runs: dict[str, Run] = {}
        self._handlers: dict[str, Callable[[dict[str, Json]], None]] = {
            "run": self._run,
            "stop": self._stop,
            "result": self._result,
            "failure": self._failure,
            "timeout": self._timeout,
            "heartbeat_timeout": self._heartbeat_timeout,
            "hold": self._hold,
            "validate": self._validate,
            "jsonata": self._jsonata,
        }

    def serve(self) -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        self.send({"type": "ready", "interpreter": self._interpreter.name, "protocol": 1})
        try:
            while True:
                self._harness.flush()
                for message in self._harness.messages():
                    if message.get("type") == "quit":
                        return
                    self._handle(message)
                SCHEDULER.run_until_idle()
        except EOFError:
            return

    def send(self, message: dict[str, Json]) -> None:
        if message["type"] in ("done", "error"):
            self._runs.pop(message.get("id", ""), None)
        self._harness.send(message)

    def register(self, run: Run, attempt: Attempt) -> Call:
        self._last_call += 1
        call = Call(self._last_call, run, attempt)
        self._calls[call.number] = call
        return call

    def forget(self, call: Call) -> None:
        self._calls.pop(call.number, None)

    def _handle(self, message: dict[str, Json]) -> None:
        try:
            self._handlers[message["type"]](message)
        except Rejected as rejected:
            self.send({"type": "rejected", "id": message["id"], "message": str(rejected)})
        except BadRequest as bad:
            self.send({"type": "error", "id": message.get("id"), "message": str(bad)})
        except Exception as error:
            traceback.print_exc(file=sys.stderr)
            self.send({"type": "error", "id": message.get("id"), "message": f"{type(error).__name__}: {error}"})

    def _run(self, message: dict[str, Json]) -> None:
        if message["id"] in self._runs:
            raise BadRequest(f"a run {message['id']!r} is under way")
        run = Run(self, self._interpreter, message)
        self._runs[run.id] = run
        run.start()

    def _stop(self, message: dict[str, Json]) -> None:
        if run := self._runs.get(message["id"]):
            run.stop(message.get("error", ""), message.get("cause", ""))

    def _call(self, message: dict[str, Json]) -> Call | None:
        """The call an answer is for; None where it was cancelled or answered before."""
        number = message["call"]
        if not 0 < number <= self._last_call:
            raise BadRequest(f"there was no call {number}")
        return self._calls.get(number)

    def _result(self, message: dict[str, Json]) -> None:
        if call := self._call(message):
            call.answer_after(message.get("after", 0), lambda: message.get("output"))

    def _failure(self, message: dict[str, Json]) -> None:
        def failed() -> Json:
            raise TaskFailed(message["error"], message.get("cause") or "", message.get("before_token") is True)

        if call := self._call(message):
            call.answer_after(message.get("after", 0), failed)

    def _timeout(self, message: dict[str, Json]) -> None:
        if call := self._call(message):
            call.fail("States.Timeout")

    def _heartbeat_timeout(self, message: dict[str, Json]) -> None:
        if call := self._call(message):
            call.fail("States.HeartbeatTimeout")

    def _hold(self, message: dict[str, Json]) -> None:
        if call := self._call(message):
            call.hold()

    def _validate(self, message: dict[str, Json]) -> None:
        findings = self._interpreter.findings(message["machine"])
        self.send({"type": "validated", "id": message["id"], "findings": findings})

    def _jsonata(self, message: dict[str, Json]) -> None:
        if "exprs" in message:
            results = [self._evaluated(asked) for asked in message["exprs"]]
            self.send({"type": "values", "id": message["id"], "results": results})
            return
        self.send({**self._evaluated(message), "id": message["id"]})

    def _evaluated(self, asked: Mapping[str, Json]) -> dict[str, Json]:
        try:
            defined, value = self._interpreter.evaluate(asked["expr"], asked.get("bindings", {}))
        except ExpressionFailed as failed:
            return {"type": "error", "error": "States.QueryEvaluationError", "message": str(failed)}
        return {"type": "value", "defined": defined, "value": value}
