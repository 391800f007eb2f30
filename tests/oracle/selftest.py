#!/usr/bin/env python3
"""Drives both oracles through the protocol with small machines, and compares what they did with what AWS would do.

Any Python from 3.10 runs it. Prints `N passed, N failed`; the exit code is 1 where one failed, and 3 where the oracles
cannot be set up.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

ORACLES = ("sfnx", "localstack")
HERE = Path(__file__).parent

Json = Any


class Oracle:
    def __init__(self, name: str) -> None:
        self.name = name
        self._process = subprocess.Popen(
            [str(HERE / "run"), name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        assert self._process.stdout is not None
        ready = self._process.stdout.readline()
        if not ready:
            sys.exit(self._process.wait())
        assert json.loads(ready)["type"] == "ready"

    def send(self, message: dict[str, Json]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(message) + "\n")

    def receive(self) -> dict[str, Json]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, f"{self.name} ended with {self._process.wait()}"
        return json.loads(line)

    def ask(self, message: dict[str, Json]) -> dict[str, Json]:
        self.send(message)
        return self.receive()

    def quit(self) -> int:
        self.send({"type": "quit"})
        return self._process.wait()


# --- What a task answers ---


def ok(output: Json) -> dict[str, Json]:
    return {"type": "result", "output": output}


def fail(error: str, cause: str = "") -> dict[str, Json]:
    return {"type": "failure", "error": error, "cause": cause}


TIMEOUT = {"type": "timeout"}
HEARTBEAT_TIMEOUT = {"type": "heartbeat_timeout"}
HOLD = {"type": "hold"}

Answers = Callable[[dict[str, Json]], "dict[str, Json] | None"]


def script(**tasks: Json) -> Answers:
    """Each task answers by its list, one entry an attempt, the last one again and again; None postpones the answer."""
    left = {task: list(answers) if isinstance(answers, list) else [answers] for task, answers in tasks.items()}

    def answer(call: dict[str, Json]) -> dict[str, Json] | None:
        answers = left[call["task"] or "service"]
        return answers.pop(0) if len(answers) > 1 else answers[0]

    return answer


def echo(call: dict[str, Json]) -> dict[str, Json]:
    return ok(call["input"])


# --- Definitions ---


def machine(start: str, **states: Json) -> dict[str, Json]:
    return {"QueryLanguage": "JSONata", **branch(start, **states)}


def branch(start: str, **states: Json) -> dict[str, Json]:
    return {"StartAt": start, "States": {name.replace("_", " "): state for name, state in states.items()}}


def goes(then: str | None) -> dict[str, Json]:
    return {"End": True} if then is None else {"Next": then}


def task(name: str, then: str | None = None, **fields: Json) -> dict[str, Json]:
    return {
        "Type": "Task",
        "Resource": f"arn:aws:states:us-east-1:000000000000:activity:{name}",
        **fields,
        **goes(then),
    }


def service(resource: str, then: str | None = None, **fields: Json) -> dict[str, Json]:
    return {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", **fields, **goes(then)}


def state(kind: str, then: str | None = None, **fields: Json) -> dict[str, Json]:
    return {"Type": kind, **fields, **goes(then)}


def parallel(*branches: Json, then: str | None = None, **fields: Json) -> dict[str, Json]:
    return state("Parallel", then, Branches=list(branches), **fields)


def mapped(items: Json, processor: Json, then: str | None = None, **fields: Json) -> dict[str, Json]:
    return state("Map", then, Items=items, ItemProcessor=processor, **fields)


def failing(error: str, cause: str = "") -> dict[str, Json]:
    return {"Type": "Fail", "Error": error, "Cause": cause}


def caught(*errors: str, then: str, **fields: Json) -> list[Json]:
    return [{"ErrorEquals": list(errors), "Next": then, **fields}]


def retried(*errors: str, **fields: Json) -> list[Json]:
    return [{"ErrorEquals": list(errors), **fields}]


# --- Cases ---


@dataclass
class Case:
    name: str
    machine: Json
    input: Json = None
    answers: Callable[[], Answers] = lambda: echo
    output: Json = None
    status: str = "SUCCEEDED"
    error: str | None = None
    # None where it is the engine's own text.
    cause: str | None = None
    # The states of each scope, as "Map[0]/Parallel[1]" names it.
    visits: dict[str, str] = field(default_factory=dict)
    calls: list[Json] = field(default_factory=list)
    # The milliseconds each Wait took.
    waits: list[int] = field(default_factory=list)
    extra: dict[str, Json] = field(default_factory=dict)
    cancelled: int = 0


def failed(error: str, cause: str | None = None, **fields: Json) -> dict[str, Json]:
    return {"status": "FAILED", "error": error, "cause": cause, **fields}


CASES = [
    Case(
        "a task's input, result, and the name it assigns",
        machine("A", A=task("a", "B", Assign={"x": "{% $states.result.n %}"}), B=state("Pass", Output="{% $x + 1 %}")),
        input={"n": 1},
        output=2,
        visits={"": "A B"},
        calls=["a({'n': 1})"],
    ),
    Case(
        "Assign and Output read the variables from before the state",
        machine(
            "A",
            A=state("Pass", "B", Assign={"x": 1}),
            B=state("Pass", "C", Assign={"x": "{% $x + 1 %}", "y": "{% $x %}"}, Output="{% $x %}"),
            C=task("t", "D", Assign={"x": "{% $states.result %}"}, Output=["{% $x %}", "{% $states.result %}"]),
            D=state("Pass", Output={"in": "{% $states.input %}", "x": "{% $x %}", "y": "{% $y %}"}),
        ),
        answers=lambda: script(t=ok(9)),
        output={"in": [2, 9], "x": 9, "y": 1},
        visits={"": "A B C D"},
        calls=["t(1)"],
    ),
    Case(
        "a Choice takes the first rule that holds, with that rule's Assign",
        machine(
            "C",
            C={
                "Type": "Choice",
                "Choices": [
                    {"Condition": "{% $states.input > 10 %}", "Next": "Big", "Assign": {"size": "big"}},
                    {"Condition": "{% $states.input > 5 %}", "Next": "End", "Assign": {"size": "middle"}},
                ],
                "Default": "End",
                "Assign": {"size": "small"},
            },
            Big={"Type": "Succeed"},
            End={"Type": "Succeed", "Output": "{% $size %}"},
        ),
        input=7,
        output="middle",
        visits={"": "C End"},
    ),
    Case(
        "a Choice without a match",
        machine(
            "C",
            C={"Type": "Choice", "Choices": [{"Condition": "{% $states.input = 1 %}", "Next": "End"}]},
            End={"Type": "Succeed"},
        ),
        input=2,
        visits={"": "C"},
        **failed("States.NoChoiceMatched"),
    ),
    Case(
        "a Condition that is no boolean",
        machine(
            "C",
            C={"Type": "Choice", "Choices": [{"Condition": "{% $states.input %}", "Next": "End"}], "Default": "End"},
            End={"Type": "Succeed"},
        ),
        input=2,
        visits={"": "C"},
        **failed("States.QueryEvaluationError"),
    ),
    Case(
        "Fail with an error and a cause that are expressions",
        machine("F", F=failing("{% 'Out' & 'OfStock' %}", "{% $string({'sku': $states.input}) %}")),
        input='é"\n',
        visits={"": "F"},
        **failed("OutOfStock", '{"sku":"é\\"\\n"}'),
    ),
    Case(
        "a retrier's attempts, and its intervals on the clock",
        machine(
            "A",
            A=task("a", "B", Retry=retried("Busy", IntervalSeconds=2, BackoffRate=3, MaxAttempts=2, MaxDelaySeconds=5)),
            B=state("Pass", Output="{% $millis() %}"),
        ),
        answers=lambda: script(a=[fail("Busy"), fail("Busy"), ok(1)]),
        extra={"now": 0},
        output=7000,
        visits={"": "A B"},
        calls=["a(null)", "a(null)#2", "a(null)#3"],
    ),
    Case(
        "a retrier that is exhausted, then a Catch",
        machine(
            "A",
            A=task(
                "a",
                Retry=[*retried("Busy", MaxAttempts=1), *retried("States.ALL", MaxAttempts=1)],
                Catch=caught("Busy", then="B", Assign={"cause": "{% $states.errorOutput.Cause %}"}, Output=7),
            ),
            B=state("Pass", Output=["{% $cause %}", "{% $states.input %}"]),
        ),
        answers=lambda: script(a=[fail("Other"), fail("Busy"), fail("Busy", "why")]),
        output=["why", 7],
        visits={"": "A B"},
        calls=["a(null)", "a(null)#2", "a(null)#3"],
    ),
    Case(
        "a failure nobody catches",
        machine("A", A=task("a", Catch=caught("Other", "States.Timeout", then="B")), B={"Type": "Succeed"}),
        answers=lambda: script(a=fail("Declined", '{"code":1}')),
        visits={"": "A"},
        calls=["a(null)"],
        **failed("Declined", '{"code":1}'),
    ),
    Case(
        "States.TaskFailed catches a task's failure and a missed heartbeat, and no timeout",
        machine(
            "A",
            A=task("a", TimeoutSeconds=9, Catch=caught("States.TaskFailed", then="B")),
            B=task("b", TimeoutSeconds=9, HeartbeatSeconds=3, Catch=caught("States.TaskFailed", then="C")),
            C=task("c", TimeoutSeconds=9, Catch=caught("States.TaskFailed", then="D")),
            D={"Type": "Succeed"},
        ),
        answers=lambda: script(a=fail("X"), b=HEARTBEAT_TIMEOUT, c=TIMEOUT),
        visits={"": "A B C"},
        calls=["a(null)", "b({'Cause': '', 'Error': 'X'})", "c({'Cause': '', 'Error': 'States.HeartbeatTimeout'})"],
        **failed("States.Timeout", ""),
    ),
    Case(
        "a timeout is an attempt's, and its retry another attempt",
        machine("A", A=task("a", TimeoutSeconds=1, Retry=retried("States.Timeout"))),
        answers=lambda: script(a=[TIMEOUT, ok("late")]),
        output="late",
        visits={"": "A"},
        calls=["a(null)", "a(null)#2"],
    ),
    Case(
        "a held call times out when the clock says so",
        machine(
            "A",
            A=task("a", "B", TimeoutSeconds=30, Catch=caught("States.Timeout", then="B")),
            B=state("Pass", Output="{% $millis() %}"),
        ),
        answers=lambda: script(a=HOLD),
        extra={"now": 1000},
        output=31000,
        visits={"": "A B"},
        calls=["a(null)"],
    ),
    Case(
        "an undefined Arguments can be caught",
        machine(
            "A",
            A=task(
                "a",
                Arguments="{% $states.input.missing %}",
                Catch=[*caught("States.TaskFailed", then="Wrong"), *caught("States.QueryEvaluationError", then="B")],
            ),
            Wrong={"Type": "Succeed"},
            B={"Type": "Succeed", "Output": "{% $states.input.Error %}"},
        ),
        input={},
        output="States.QueryEvaluationError",
        visits={"": "A B"},
    ),
    Case(
        "a failing Output can be retried and caught, and assigns nothing",
        machine(
            "A",
            A=state("Pass", "B", Assign={"x": 1}),
            B=task(
                "b",
                Assign={"x": 2},
                Output="{% $states.result + 1 %}",
                Retry=retried("States.QueryEvaluationError", MaxAttempts=1),
                Catch=caught("States.ALL", then="C"),
            ),
            C={"Type": "Succeed", "Output": "{% $x %}"},
        ),
        answers=lambda: script(b=ok("text")),
        output=1,
        visits={"": "A B C"},
        calls=["b(null)", "b(null)#2"],
    ),
    Case(
        "a failing expression in a Pass cannot be caught, unless a Parallel stands around it",
        machine(
            "P",
            P=parallel(
                branch("A", A=state("Pass", Output="{% $x %}")), Catch=caught("States.QueryEvaluationError", then="B")
            ),
            B=state("Pass", Output="{% $states.input.Error %}", then="C"),
            C=state("Pass", Output="{% 1 + 'a' %}"),
        ),
        visits={"": "P B C", "P[0]": "A"},
        **failed("States.QueryEvaluationError"),
    ),
    Case(
        "Waits pass time on the clock",
        machine(
            "A",
            A=state("Wait", "B", Seconds=60),
            B=state("Wait", "C", Seconds="{% $states.input %}"),
            C=state("Wait", "D", Timestamp="{% $fromMillis($millis() + 5000) %}"),
            D=state("Pass", Output=["{% $millis() %}", "{% $now() %}"]),
        ),
        input=2,
        extra={"now": 0},
        output=[67000, "1970-01-01T00:01:07.000Z"],
        visits={"": "A B C D"},
        waits=[60000, 2000, 5000],
    ),
    *(
        Case(
            f"a Wait cannot wait for {value!r}",
            machine("A", A=state("Wait", Seconds="{% $states.input %}")),
            input=value,
            visits={"": "A"},
            **failed("States.QueryEvaluationError"),
        )
        for value in ("1", 1.5, -1, True, None)
    ),
    Case(
        "a Map: index, order of results, concurrency",
        machine(
            "M",
            M=mapped(
                "{% $states.input %}",
                branch("T", T=task("t")),
                ItemSelector={"i": "{% $states.context.Map.Item.Index %}", "v": "{% $states.context.Map.Item.Value %}"},
                MaxConcurrency=2,
                Output="{% [$states.result.v] %}",
            ),
        ),
        input=["a", "b", "c"],
        output=["a", "b", "c"],
        visits={"": "M", "M[0]": "T", "M[1]": "T", "M[2]": "T"},
        calls=["t({'i': 0, 'v': 'a'})", "t({'i': 1, 'v': 'b'})", "t({'i': 2, 'v': 'c'})"],
    ),
    Case(
        "a Map of nothing, and Items that are no array",
        machine(
            "M",
            M=mapped("{% [] %}", branch("T", T=task("t")), "N", Assign={"n": "{% $count($states.result) %}"}),
            N=mapped("{% $n %}", branch("U", U=task("u")), Catch=caught("States.QueryEvaluationError", then="End")),
            End={"Type": "Succeed", "Output": "{% $n %}"},
        ),
        output=0,
        visits={"": "M N End"},
    ),
    Case(
        "the first failure of a Map stops the others; its retry opens the scopes again",
        machine("M", M=mapped([1, 2], branch("T", T=task("t")), Retry=retried("Busy"))),
        answers=lambda: script(t=[None, fail("Busy"), ok(3), ok(4)]),
        output=[3, 4],
        visits={"": "M", "M[0]": "T", "M[1]": "T", "M[0]#1": "T", "M[1]#1": "T"},
        calls=["t(1)", "t(2)", "t(1)", "t(2)"],
        cancelled=1,
    ),
    Case(
        "a Map in a Map, one worker taking several iterations",
        machine(
            "M",
            M=mapped([1, 2], branch("N", N=mapped([3], branch("T", T=task("t")), "U"), U=task("u")), MaxConcurrency=1),
        ),
        output=[[3], [3]],
        visits={"": "M", "M[0]": "N U", "M[0]/N[0]": "T", "M[1]": "N U", "M[1]/N[0]": "T"},
        calls=["t(3)", "t(3)", "u([3])", "u([3])"],
    ),
    Case(
        "a Map in a Parallel reads the variables around it, and assigns its own",
        machine(
            "A",
            A=state("Pass", "P", Assign={"x": 10}),
            P=parallel(
                branch(
                    "M",
                    M=mapped(
                        [1, 2],
                        branch(
                            "S",
                            S=state("Pass", "T", Assign={"y": "{% $x + $states.input %}"}),
                            T=task("t", Arguments="{% $y %}"),
                        ),
                    ),
                ),
                branch("U", U=task("u", Arguments="{% $x %}")),
                Arguments="{% 0 %}",
            ),
        ),
        output=[[11, 12], 10],
        visits={"": "A P", "P[0]": "M", "P[1]": "U", "P[0]/M[0]": "S T", "P[0]/M[1]": "S T"},
        calls=["t(11)", "t(12)", "u(10)"],
    ),
    Case(
        "a Fail in a branch fails the Parallel by its own error, and stops the others",
        machine(
            "P",
            P=parallel(
                branch("A", A=task("a")),
                branch("W", W=state("Wait", "F", Seconds=5), F=failing("Late", "5 s")),
                Catch=caught("Late", then="B", Output="{% $states.errorOutput %}"),
            ),
            B={"Type": "Succeed"},
        ),
        answers=lambda: script(a=HOLD),
        output={"Error": "Late", "Cause": "5 s"},
        visits={"": "P B", "P[0]": "A", "P[1]": "W F"},
        calls=["a(null)"],
        waits=[5000],
        cancelled=1,
    ),
    Case(
        "an answer that is there before the time is up",
        machine(
            "P",
            P=parallel(
                branch("A", A=task("a", "F"), F=failing("Won", "{% $states.input %}")),
                branch("W", W=state("Wait", "G", Seconds=5), G=failing("Late", "5 s")),
                Catch=caught("Won", then="B", Output="{% $states.errorOutput.Cause %}"),
            ),
            B={"Type": "Succeed"},
        ),
        answers=lambda: script(a=ok("x")),
        output="x",
        visits={"": "P B", "P[0]": "A F", "P[1]": "W"},
        calls=["a(null)"],
        waits=[5000],
    ),
    Case(
        "a timeout in a branch is the Parallel's States.Timeout",
        machine(
            "P", P=parallel(branch("A", A=task("a")), Catch=caught("States.Timeout", then="B")), B={"Type": "Succeed"}
        ),
        answers=lambda: script(a=TIMEOUT),
        output={"Error": "States.Timeout", "Cause": ""},
        visits={"": "P B", "P[0]": "A"},
        calls=["a(null)"],
    ),
    Case(
        "the Lambda envelope: result and failure",
        machine(
            "A",
            A=service(
                "lambda:invoke",
                "B",
                Arguments={"FunctionName": "f", "Payload": {"task": "a", "input": "{% $states.input %}"}},
                Assign={"a": "{% $states.result.Payload %}"},
            ),
            B=service(
                "lambda:invoke",
                Arguments={"FunctionName": "f", "Payload": {"task": "b", "input": {"x": "{% $a %}"}}},
                Catch=caught("OutOfStock", then="C"),
            ),
            C=state("Pass", Output="{% $parse($parse($states.input.Cause).errorMessage).sku %}"),
        ),
        input=[1],
        answers=lambda: script(a=ok("r"), b=fail("OutOfStock", '{"sku":"s"}')),
        output="s",
        visits={"": "A B C"},
        calls=["a([1])", "b({'x': 'r'})"],
    ),
    Case(
        "a callback task is answered through its token",
        machine(
            "A",
            A=service(
                "sqs:sendMessage.waitForTaskToken",
                Arguments={"QueueUrl": "q", "MessageBody": {"token": "{% $states.context.Task.Token %}", "n": 1}},
            ),
        ),
        answers=lambda: script(service=ok({"approved": True})),
        output={"approved": True},
        visits={"": "A"},
        calls=["sqs:sendMessage.waitForTaskToken({'MessageBody': {'n': 1, 'token': TOKEN}, 'QueueUrl': 'q'})"],
    ),
    Case(
        "a loop of Choices and tasks",
        machine(
            "Start",
            Start=state("Pass", "C", Assign={"i": 0, "seen": []}),
            C={"Type": "Choice", "Choices": [{"Condition": "{% $i < 2 %}", "Next": "T"}], "Default": "End"},
            T=task(
                "t",
                "C",
                Arguments={"i": "{% $i %}"},
                Assign={"i": "{% $i + 1 %}", "seen": "{% $append($seen, [$states.result.i]) %}"},
            ),
            End={"Type": "Succeed", "Output": "{% $seen %}"},
        ),
        output=[0, 1],
        visits={"": "Start C T C T C End"},
        calls=["t({'i': 0})", "t({'i': 1})"],
    ),
    Case(
        "a child execution and its failure",
        machine(
            "A",
            A=service(
                "states:startExecution.sync:2",
                "B",
                Arguments={"StateMachineArn": "arn:aws:states:us-east-1:000000000000:stateMachine:child", "Input": 1},
                Assign={"r": "{% $states.result.Output %}"},
            ),
            B=service(
                "states:startExecution.sync:2",
                Arguments={"StateMachineArn": "arn:aws:states:us-east-1:000000000000:stateMachine:child", "Input": 2},
                Catch=caught("States.TaskFailed", then="C"),
            ),
            C=state("Pass", Output=["{% $r %}", "{% $parse($states.input.Cause).Error %}"]),
        ),
        answers=lambda: script(t=[ok("r"), fail("Bad", "c")]),
        extra={"machines": {"child": machine("T", T=task("t"))}},
        output=["r", "Bad"],
        visits={"": "A B C", "A[0]": "T", "B[0]": "T"},
        calls=["t(1)", "t(2)"],
    ),
    Case(
        "a machine that starts itself anew",
        machine(
            "C",
            C={
                "Type": "Choice",
                "Choices": [{"Condition": "{% $states.input > 0 %}", "Next": "A"}],
                "Default": "End",
            },
            A=service(
                "states:startExecution",
                Arguments={
                    "StateMachineArn": "{% $states.context.StateMachine.Id %}",
                    "Input": "{% $states.input - 1 %}",
                },
                Output=None,
            ),
            End={"Type": "Succeed", "Output": "{% $states.input %}"},
        ),
        input=2,
        output=None,
        visits={"": "C A", "A[0]": "C A", "A[0]/A[0]": "C End"},
    ),
    Case(
        "the machine's own timeout",
        machine("A", A=task("a")) | {"TimeoutSeconds": 10},
        answers=lambda: script(a=HOLD),
        status="TIMED_OUT",
        error="States.Timeout",
        cause="",
        visits={"": "A"},
        calls=["a(null)"],
        cancelled=1,
    ),
    Case(
        "names and texts as JSON writes them",
        machine(
            'x == "y"',
            **{
                'x == "y"': state("Pass", "é😀\\", Assign={"é": "$.a", "b": "$b", "c": "States.Format('{}', 1)"}),
                "é😀\\": state("Pass", Output={'q"': '{% "\\"" & $é %}', "b": "{% $b & $c %}", "d": "$$.x\n/"}),
            },
        ),
        output={'q"': '"$.a', "b": "$bStates.Format('{}', 1)", "d": "$$.x\n/"},
        visits={"": 'x == "y" é😀\\'},
    ),
    Case(
        "values given for $uuid and $random",
        machine(
            "A",
            A=state("Pass", "B", Assign={"u": "{% $uuid() %}"}),
            B=state("Pass", Output="{% [$u, $uuid(), $random()] %}"),
        ),
        extra={"uuids": ["u1", "u2"], "randoms": [0.25]},
        output=["u1", "u2", 0.25],
        visits={"": "A B"},
    ),
    Case(
        "the context object",
        machine(
            "A",
            A=task(
                "a",
                Arguments={
                    "name": "{% $states.context.Execution.Name %}",
                    "input": "{% $states.context.Execution.Input %}",
                    "start": "{% $states.context.Execution.StartTime %}",
                    "entered": "{% $states.context.State.EnteredTime %}",
                    "retries": "{% $states.context.State.RetryCount %}",
                },
                Retry=retried("Busy"),
            ),
        ),
        input=[],
        answers=lambda: (lambda answers: lambda call: answers.pop(0) or echo(call))([fail("Busy"), None]),
        extra={"now": 0, "execution_name": "e1"},
        output={
            "name": "e1",
            "input": [],
            "start": "1970-01-01T00:00:00.000Z",
            "entered": "1970-01-01T00:00:00.000Z",
            "retries": 1,
        },
        visits={"": "A"},
        calls=[
            "a({'entered': '1970-01-01T00:00:00.000Z', 'input': [], 'name': 'e1', 'retries': 0,"
            " 'start': '1970-01-01T00:00:00.000Z'})",
            "a({'entered': '1970-01-01T00:00:00.000Z', 'input': [], 'name': 'e1', 'retries': 1,"
            " 'start': '1970-01-01T00:00:00.000Z'})#2",
        ],
    ),
]

REJECTED = [
    ("a state to go to that is not there", machine("A", A=state("Pass", "B")), ("sfnx",)),
    ("an expression that does not parse", machine("A", A=state("Pass", Output="{% (1 %}")), ORACLES),
    ("$eval", machine("A", A=state("Pass", Output="{% $eval('1') %}")), ORACLES),
    (
        "two states of one name",
        machine("P", P=parallel(branch("A", A=state("Pass")), branch("A", A=state("Pass")))),
        ORACLES,
    ),
    ("JSONPath", branch("A", A=state("Pass")), ORACLES),
    (
        "an outer variable assigned in a branch",
        machine("A", A=state("Pass", "P", Assign={"x": 1}), P=parallel(branch("B", B=state("Pass", Assign={"x": 2})))),
        ("sfnx",),
    ),
]

# Expression, bindings, and what it gives.
EXPRESSIONS = [
    ("1 / 0", {}, {"value": "Infinity"}),
    ("0 - 1 / 0", {}, {"error": True}),
    ("$x.a", {"x": {}}, {"undefined": True}),
    ("$x", {"x": None}, {"value": None}),
    ("$x & ''", {"x": '"é\\\n$'}, {"value": '"é\\\n$'}),
    ("1 + 'a'", {}, {"error": True}),
    ("function($v) { $v }", {}, {"error": True}),
    ("$now()", {}, {"value": "2026-01-01T00:00:00.000Z"}),
    ("$x + 0", {"x": 2**53 + 1}, {"value": 2**53}),
    ("$partition([1..3], 2)", {}, {"value": [[1, 2], [3]]}),
    ("[$range(1, 1, 1)]", {}, {"value": [1]}),
    ("$parse('[1]')", {}, {"value": [1]}),
    ("$count(null)", {}, {"value": 0}),
    ("$count($x)", {"x": [1, 2]}, {"value": 2}),
    ("$count($x)", {"x": {"a": 1}}, {"value": 1}),
]


class Mismatch(Exception):
    pass


def expect(what: str, found: Json, wanted: Json) -> None:
    if found != wanted:
        raise Mismatch(f"{what}\n    found  {found!r}\n    wanted {wanted!r}")


def scope_of(entry: dict[str, Json]) -> str:
    steps = zip(entry["path"], entry["rounds"], strict=True)
    return "/".join(f"{name}[{index}]" + (f"#{count}" if count else "") for (name, index), count in steps)


def shown_call(call: dict[str, Json]) -> str:
    def shown(value: Json) -> str:
        if isinstance(value, dict):
            return "{" + ", ".join(f"{key!r}: {shown(value[key])}" for key in sorted(value)) + "}"
        if call["token"] and value == call["token"]:
            return "TOKEN"
        return "null" if value is None else repr(value)

    name = call["task"] or call["resource"].partition(":::")[2]
    attempt = f"#{call['attempt']}" if call["attempt"] > 1 else ""
    return f"{name}({shown(call['input'])}){attempt}"


def run_case(oracle: Oracle, case: Case) -> None:
    answers = case.answers()
    oracle.send({"type": "run", "id": case.name, "machine": case.machine, "input": case.input, **case.extra})
    calls: list[str] = []
    cancelled = 0
    while True:
        message = oracle.receive()
        if message["type"] == "cancelled":
            cancelled += 1
        elif message["type"] == "call":
            calls.append(shown_call(message))
            if answer := answers(message):
                oracle.send({**answer, "call": message["call"]})
        else:
            break
    expect("the last message", message["type"], "done")
    expect("status, error", (message["status"], message["error"]), (case.status, case.error))
    if case.cause is not None:
        expect("cause", message["cause"], case.cause)
    expect("output", message["output"], case.output)
    visits: dict[str, str] = {}
    for visit in message["visits"]:
        scope = scope_of(visit)
        visits[scope] = f"{visits[scope]} {visit['state']}" if scope in visits else visit["state"]
    expect("visits", visits, case.visits)
    expect("calls", sorted(calls), sorted(case.calls))
    expect("cancelled calls", cancelled, case.cancelled)
    expect("waits", [wait["until"] - wait["from"] for wait in message["waits"]], case.waits)


def run_rejected(oracle: Oracle, definition: Json) -> None:
    answer = oracle.ask({"type": "run", "id": "r", "machine": definition, "input": None})
    expect("the answer", answer["type"], "rejected")


def run_expressions(oracle: Oracle) -> None:
    asked = [{"expr": expression, "bindings": bindings} for expression, bindings, _ in EXPRESSIONS]
    answer = oracle.ask({"type": "jsonata", "id": "e", "exprs": asked})
    for result, (expression, bindings, wanted) in zip(answer["results"], EXPRESSIONS, strict=True):
        found: dict[str, Json]
        if result["type"] == "error":
            found = {"error": True}
        else:
            found = {"value": result["value"]} if result["defined"] else {"undefined": True}
        expect(expression, found, wanted)
        alone = oracle.ask({"type": "jsonata", "id": "e", "expr": expression, "bindings": bindings})
        expect(f"{expression}, alone", alone["type"], result["type"])


def run_validation(oracle: Oracle) -> None:
    good = machine("A", A=state("Pass"))
    bad = machine("A", A=state("Pass", "B"))
    expect("good", oracle.ask({"type": "validate", "id": "v", "machine": good})["findings"], [])
    found = oracle.ask({"type": "validate", "id": "v", "machine": bad})["findings"]
    expect("bad", {finding["tool"] for finding in found}, {"sfnx", "statelint", "asl-validator"})


def run_many(oracle: Oracle) -> None:
    """Many runs in flight, answered last first."""
    count = 50
    definition = machine("A", A=task("a", "B"), B=task("b"))
    for number in range(count):
        oracle.send({"type": "run", "id": f"many {number}", "machine": definition, "input": number})
    done: dict[str, Json] = {}
    calls: list[dict[str, Json]] = []
    while len(done) < count:
        message = oracle.receive()
        if message["type"] == "done":
            done[message["id"]] = message["output"]
            continue
        calls.append(message)
        if len(calls) == count - len(done):
            for call in reversed(calls):
                oracle.send({"type": "result", "call": call["call"], "output": call["input"]})
            calls.clear()
    expect("outputs", done, {f"many {number}": number for number in range(count)})


def run_edges(oracle: Oracle) -> None:
    """A run that is stopped, one that does not end, a history, and answers that come too late or to nothing."""
    oracle.send({"type": "run", "id": "s", "machine": machine("A", A=task("a")), "input": 1})
    call = oracle.receive()
    expect("cancelled", oracle.ask({"type": "stop", "id": "s", "error": "E", "cause": "c"})["type"], "cancelled")
    done = oracle.receive()
    expect("stopped", (done["status"], done["error"], done["cause"]), ("ABORTED", "E", "c"))
    oracle.send({"type": "result", "call": call["call"], "output": 1})
    loop = machine("A", A=state("Pass", "B"), B=state("Wait", "A", Seconds=1), C=state("Pass"))
    loop["States"]["B"] = {
        "Type": "Choice",
        "Choices": [{"Condition": "{% true %}", "Next": "A"}],
        "Default": "C",
    }
    answer = oracle.ask({"type": "run", "id": "l", "machine": loop, "input": 1, "max_visits": 100})
    expect("endless", (answer["type"], answer["id"]), ("error", "l"))
    expect("no such call", oracle.ask({"type": "result", "call": 10**9, "output": 1})["type"], "error")
    if oracle.name == "localstack":
        oracle.send({"type": "run", "id": "h", "machine": machine("A", A=task("a")), "input": 1, "history": True})
        done = oracle.ask({"type": "result", "call": oracle.receive()["call"], "output": 2})
        expect(
            "history",
            [event["type"] for event in done["history"]],
            [
                "ExecutionStarted",
                "TaskStateEntered",
                "ActivityScheduled",
                "ActivityStarted",
                "ActivitySucceeded",
                "TaskStateExited",
                "ExecutionSucceeded",
            ],
        )


def checks(oracle: Oracle) -> Iterator[tuple[str, Callable[[], None]]]:
    for case in CASES:
        yield case.name, partial(run_case, oracle, case)
    for name, definition, oracles in REJECTED:
        if oracle.name in oracles:
            yield f"rejected: {name}", partial(run_rejected, oracle, definition)
    yield "expressions", partial(run_expressions, oracle)
    yield "many runs", partial(run_many, oracle)
    yield "edges", partial(run_edges, oracle)
    if oracle.name == "sfnx":
        yield "validation", partial(run_validation, oracle)


def main() -> int:
    passed = failures = 0
    for name in ORACLES:
        oracle = Oracle(name)
        for title, check in checks(oracle):
            try:
                check()
                passed += 1
            except Mismatch as mismatch:
                failures += 1
                print(f"{name}: {title}: {mismatch}")
        if oracle.quit() != 0:
            failures += 1
            print(f"{name}: quit with an exit code other than 0")
    print(f"{passed} passed, {failures} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
