"""Rules of AWS, in JSONata mode, which LocalStack's interpreter lacks. Each patch names its rule."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

from localstack.services.stepfunctions.asl.component.common.assign.assign_decl import AssignDecl
from localstack.services.stepfunctions.asl.component.common.catch.catch_outcome import CatchOutcome
from localstack.services.stepfunctions.asl.component.common.error_name.custom_error_name import CustomErrorName
from localstack.services.stepfunctions.asl.component.common.error_name.error_equals_decl import ErrorEqualsDecl
from localstack.services.stepfunctions.asl.component.common.error_name.error_name import ErrorName
from localstack.services.stepfunctions.asl.component.common.error_name.failure_event import (
    FailureEvent,
    FailureEventException,
)
from localstack.services.stepfunctions.asl.component.common.retry.retry_outcome import RetryOutcome
from localstack.services.stepfunctions.asl.component.common.string.string_expression import StringJSONata
from localstack.services.stepfunctions.asl.component.state.state import CommonStateField
from localstack.services.stepfunctions.asl.component.state.state_choice.comparison.comparison import (
    ConditionStringJSONata,
)
from localstack.services.stepfunctions.asl.component.state.state_choice.state_choice import StateChoice
from localstack.services.stepfunctions.asl.component.state.state_execution.execute_state import ExecutionState
from localstack.services.stepfunctions.asl.component.state.state_execution.state_map.iteration.itemprocessor.inline_item_processor_worker import (
    InlineItemProcessorWorker,
)
from localstack.services.stepfunctions.asl.component.state.state_execution.state_map.state_map import StateMap
from localstack.services.stepfunctions.asl.component.state.state_execution.state_parallel.state_parallel import (
    StateParallel,
)
from localstack.services.stepfunctions.asl.component.state.state_execution.state_task.service import (
    state_task_service_factory,
)
from localstack.services.stepfunctions.asl.component.state.state_execution.state_task.state_task import StateTask
from localstack.services.stepfunctions.asl.component.state.state_pass.state_pass import StatePass
from localstack.services.stepfunctions.asl.component.state.state_wait.state_wait import StateWait
from localstack.services.stepfunctions.asl.component.state.state_wait.wait_function.seconds import (
    Seconds,
    SecondsJSONata,
)
from localstack.services.stepfunctions.asl.component.state.state_wait.wait_function.timestamp import Timestamp
from localstack.services.stepfunctions.asl.eval.environment import Environment
from localstack.services.stepfunctions.asl.parse import preprocessor

from bindings import bindings_for
from executions import moment, strand, timestamp
from localstack_events import QUERY_EVALUATION_ERROR, evaluation_failure, event, failure, state_event, text
from node_server import NodeServer

_original = SimpleNamespace(
    item_input=InlineItemProcessorWorker._eval_input,
    parallel=StateParallel._eval_execution,
)


class _Expressions:
    """Rule: expressions are JSONata 2.0.6, with variables and $states bound. Every failure, an undefined result, and a
    function as a result are States.QueryEvaluationError."""

    def __init__(self, node: NodeServer) -> None:
        self._node = node

    def evaluate(self, component: StringJSONata, env: Environment) -> None:
        run = strand().run
        code = component.expression
        store = env.variable_store
        variables = {**store._outer_scope, **store._inner_scope}
        answer = self._node.ask(
            {
                "op": "evaluate",
                "expression": code,
                "bindings": bindings_for(code, variables, env.states._states_data),
                "now": run.timeline.now,
                "uuids": run.uuids,
                "randoms": run.randoms,
            }
        )
        if "failed" in answer:
            raise evaluation_failure(env, f"The JSONata expression '{code}' failed: {answer['failed']}")
        del run.uuids[: answer["uuids"]]
        del run.randoms[: answer["randoms"]]
        if not answer["defined"]:
            raise evaluation_failure(env, f"The JSONata expression '{code}' returned nothing (undefined).")
        env.stack.append(answer["value"])


def _condition(self: ConditionStringJSONata, env: Environment) -> None:
    """Rule: a Condition that is no boolean is States.QueryEvaluationError."""
    self.string_jsonata.eval(env)
    if not isinstance(env.stack[-1], bool):
        raise evaluation_failure(env, f"The Condition gave {text(env.stack[-1])}, not a boolean.")


def _string_literal(parser_rule_context: Any) -> str | None:
    """Rule: a definition is JSON, so its strings have the escapes of JSON."""
    literal = parser_rule_context.getText()
    if literal == "null":
        return None
    return json.loads(literal, strict=False) if literal.startswith('"') else literal


def _matches(self: ErrorEqualsDecl, env: Environment) -> None:
    """Rule: error names match as text, wherever the error comes from. States.Runtime is never retried or caught.
    States.TaskFailed matches every error but States.Timeout and States.QueryEvaluationError."""
    name: ErrorName | None = env.stack.pop()
    error = (name.error_name if name is not None else None) or ""
    listed = {each.error_name for each in self.error_names}
    if error == "States.Runtime":
        matched = False
    elif error in listed or "States.ALL" in listed:
        matched = True
    else:
        matched = "States.TaskFailed" in listed and error not in ("States.Timeout", QUERY_EVALUATION_ERROR)
    env.stack.append(matched)


def _run_state(self: CommonStateField, env: Environment) -> None:
    """Rules: Assign and Output read the variables from before the state; what Assign gives takes effect when the state
    ends. State.EnteredTime has the form $now() gives."""
    run = strand().run
    kind = self.state_entered_event_type.removesuffix("StateEntered")
    run.enter(self.name, kind)
    state_event(env, f"{kind}StateEntered", self.name, "input")
    context = env.states.context_object.context_object_data
    context["State"] = {"EnteredTime": timestamp(run.timeline.now), "Name": self.name}
    env.stack = [env.states.get_input()]
    env.assigned = {}
    self._eval_state(env)
    if not env.is_running():
        return
    self._eval_state_output(env)
    for name, value in env.assigned.items():
        env.variable_store.set(name, value)
    self._verify_size_quota(env, env.states.get_input())
    self._set_next(env)
    if self.state_exited_event_type is not None:
        state_event(env, f"{kind}StateExited", self.name, "output")


def _assign(self: AssignDecl, env: Environment) -> None:
    for binding in self.declaration_bindings:
        binding.eval(env)
        env.assigned.update(env.stack.pop())


def _run_attempts(self: ExecutionState, env: Environment) -> None:
    """Rules: a failing Arguments, Items, Assign or Output of a Task, Parallel or Map is the state's failure, which its
    Retry and Catch see; an attempt that fails assigns nothing."""
    env.states.context_object.context_object_data["State"]["RetryCount"] = 0
    while env.is_running():
        env.assigned = {}
        try:
            _run_attempt(self, env)
            return
        except Exception as error:
            failed = _failure_of(env, error)
        env.assigned = {}
        env.stack = []
        env.states.set_error_output(self._construct_error_output_value(failed))
        if isinstance(self, StateTask):
            event(env, failed.event_type, **next(iter(failed.event_details.values()), {}))
        if self.retry and self._handle_retry(env, failed) == RetryOutcome.CanRetry:
            continue
        if not isinstance(self, StateTask):
            event(env, "MapStateFailed" if isinstance(self, StateMap) else "ParallelStateFailed")
        if self.catch:
            self._handle_catch(env, failed)
            if env.stack[-1] == CatchOutcome.Caught:
                return
        self._handle_uncaught(env, failed)


def _run_attempt(self: ExecutionState, env: Environment) -> None:
    """Rule: a timeout is the harness's to say; no real time decides it."""
    frame = env.open_frame()
    frame.states.reset(env.states.get_input())
    # A Map without Items takes one from the stack, and its ItemSelector reads the other.
    frame.stack = [env.states.get_input(), env.states.get_input()]
    try:
        self._eval_execution(frame)
        result = frame.stack.pop()
    finally:
        frame.set_ended()
        env.close_frame(frame)
    env.states.set_result(result)
    if self.assign_decl:
        self.assign_decl.eval(env)
    if self.output:
        self.output.jsonata_template_value.eval(env)
        result = env.stack.pop()
    env.stack = [result]


def _failure_of(env: Environment, error: Exception) -> FailureEvent:
    if isinstance(error, FailureEventException):
        return error.failure_event
    return failure(env, "TaskFailed", "States.Runtime", f"{type(error).__name__}: {error}").failure_event


def _output_of_attempt(self: ExecutionState, env: Environment) -> None:
    output = env.stack.pop()
    if not isinstance(output, CatchOutcome):
        env.states.reset(output)


def _run_parallel(self: StateParallel, env: Environment) -> None:
    """Rule: a retry of a Parallel evaluates its Arguments again."""
    if self.parargs is not None:
        self.parargs.eval(env)
    _original.parallel(self, env)


def _choose(self: StateChoice, env: Environment) -> None:
    """Rules: a rule that matches assigns and outputs by its own fields, the Default by the state's, also where both
    lead to the same state; no match and no Default is States.NoChoiceMatched."""
    env.by_default = False
    for rule in self.choices_decl.rules:
        rule.eval(env)
        if env.stack.pop() is True:
            env.next_state_name = rule.next_stmt.name
            return
    if self.default_state is None:
        raise failure(env, "ExecutionFailed", "States.NoChoiceMatched", f"No choice matched in state '{self.name}'.")
    env.by_default = True
    env.next_state_name = self.default_state.state_name


def _output_of_choice(self: StateChoice, env: Environment) -> None:
    if env.by_default and self.assign_decl:
        self.assign_decl.eval(env)
    if env.by_default and self.output:
        self.output.eval(env)


def _wait(self: StateWait, env: Environment) -> None:
    """Rule: Seconds is a whole number from 0, Timestamp an ISO 8601 date and time with an offset; any other value an
    expression gives is States.QueryEvaluationError. Assign is evaluated when the wait is over."""
    run = strand().run
    run.wait_until(self.name, _end_of_wait(self.wait_function, env, run.timeline.now))
    if self.assign_decl:
        self.assign_decl.eval(env)


def _end_of_wait(function: Any, env: Environment, now: int) -> int:
    if isinstance(function, Timestamp):
        function.string.eval(env)
        value = env.stack.pop()
        found = moment(value)
        if found is None:
            raise evaluation_failure(env, f"Timestamp is {text(value)}, not a date and time with an offset.")
        return found
    if isinstance(function, Seconds):
        return now + function.seconds * 1000
    assert isinstance(function, SecondsJSONata)
    function.string_jsonata.eval(env)
    seconds = env.stack.pop()
    whole = not isinstance(seconds, bool) and isinstance(seconds, (int, float)) and seconds == int(seconds)
    if not whole or seconds < 0:
        raise evaluation_failure(env, f"Seconds is {text(seconds)}, not a whole number of 0 or more.")
    return now + int(seconds) * 1000


def _pass(self: StatePass, env: Environment) -> None:
    """Rule: a Pass in JSONata mode has an Assign and an Output and nothing else; no ResultPath either."""
    if self.assign_decl:
        self.assign_decl.eval(env)


def _item_input(self: InlineItemProcessorWorker, env_frame: Environment) -> None:
    """Rule: Map.Item is readable in the ItemSelector only."""
    _original.item_input(self, env_frame)
    env_frame.states.context_object.context_object_data.pop("Map", None)


def apply(node: NodeServer) -> None:
    expressions = _Expressions(node)
    StringJSONata._eval_body = lambda self, env: expressions.evaluate(self, env)
    ConditionStringJSONata._eval_body = _condition
    preprocessor.from_string_literal = _string_literal
    preprocessor.Preprocessor._inner_string_of = staticmethod(_string_literal)
    ErrorEqualsDecl._eval_body = _matches
    # Rule: an error of a branch or an iteration fails the Parallel or Map by its own name, a `States.` name included.
    CustomErrorName.__init__ = ErrorName.__init__
    CommonStateField._eval_body = _run_state
    # Rule: there is an integration of HTTP endpoints. LocalStack names the ones that it knows and has no service for.
    state_task_service_factory._UNSUPPORTED_SERVICE_NAMES.add("http")
    AssignDecl._eval_body = _assign
    for kind in (ExecutionState, StateMap, StateParallel):
        kind._eval_state = _run_attempts
    ExecutionState._eval_state_output = _output_of_attempt
    StateParallel._eval_execution = _run_parallel
    StateChoice._eval_state = _choose
    StateChoice._eval_state_output = _output_of_choice
    StateWait._eval_state = _wait
    StatePass._eval_state = _pass
    InlineItemProcessorWorker._eval_input = _item_input
