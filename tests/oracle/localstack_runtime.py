"""LocalStack's interpreter of the Amazon States Language without the server around it.

Its threads become fibers, its clock is the virtual one of the execution, and its tasks become calls to the harness.
None of this changes what a definition means; `localstack_rules` does, where LocalStack deviates from AWS.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from localstack.aws.api.stepfunctions import StateMachineType
from localstack.services.stepfunctions.asl.component.common.retry import retrier_decl
from localstack.services.stepfunctions.asl.component.common.retry.jitter_strategy_decl import JitterStrategyDecl
from localstack.services.stepfunctions.asl.component.eval_component import EvalComponent
from localstack.services.stepfunctions.asl.component.program.program import Program
from localstack.services.stepfunctions.asl.component.state.state_execution.state_map.iteration import (
    inline_iteration_component,
    job,
)
from localstack.services.stepfunctions.asl.component.state.state_execution.state_map.iteration.iteration_worker import (
    IterationWorker,
)
from localstack.services.stepfunctions.asl.component.state.state_execution.state_parallel import (
    branch_worker,
    branches_decl,
)
from localstack.services.stepfunctions.asl.component.state.state_execution.state_task.service.resource import (
    ServiceResource,
)
from localstack.services.stepfunctions.asl.component.state.state_execution.state_task.service.state_task_service import (
    StateTaskService,
)
from localstack.services.stepfunctions.asl.component.state.state_execution.state_task.service.state_task_service_callback import (
    StateTaskServiceCallback,
)
from localstack.services.stepfunctions.asl.component.state.state_execution.state_task.state_task import StateTask
from localstack.services.stepfunctions.asl.component.state.state_execution.state_task.state_task_activitiy import (
    StateTaskActivity,
)
from localstack.services.stepfunctions.asl.component.state.state_execution.state_task.state_task_lambda import (
    StateTaskLambda,
)
from localstack.services.stepfunctions.asl.eval.environment import Environment
from localstack.services.stepfunctions.asl.eval.evaluation_details import AWSExecutionDetails
from localstack.services.stepfunctions.asl.eval.event.event_manager import EventHistoryContext, EventManager
from localstack.services.stepfunctions.asl.eval.program_state import ProgramEnded, ProgramError

from cooperative import SCHEDULER, Event, Fiber, current
from envelope import TaskFailed
from executions import ACCOUNT, REGION, Attempt, ExecutionFailed, Json, strand, timestamp
from localstack_events import event, failure, text

_original = SimpleNamespace(
    add_event=EventManager.add_event,
    branches=branches_decl.BranchesDecl._eval_body,
    iterations=inline_iteration_component.InlineIterationComponent._eval_body,
    job=IterationWorker._eval_job,
    start_branch=branch_worker.BranchWorker.start,
)


def execute(program: Program, execution_input: Json, context: dict[str, Json]) -> Json:
    """Runs a parsed definition in the current fiber: returns its output or raises `ExecutionFailed`."""
    run = strand().run
    role = context["Execution"]["RoleArn"]
    env = Environment(
        aws_execution_details=AWSExecutionDetails(ACCOUNT, REGION, role),
        execution_type=StateMachineType.STANDARD,
        context=context,
        event_history_context=EventHistoryContext.of_program_start(),
        cloud_watch_logging_session=None,
        activity_store={},
    )
    run.keep_history(context["Execution"]["Id"], lambda: _history(env))
    event(env, "ExecutionStarted", input=text(execution_input), roleArn=role)
    program.eval(env)
    state = env.program_state()
    if isinstance(state, ProgramEnded):
        return env.states.get_input()
    assert isinstance(state, ProgramError), f"the program is {type(state).__name__}"
    error = state.error or {}
    raise ExecutionFailed(error.get("error") or "", error.get("cause") or "")


def _history(env: Environment) -> list[dict[str, Json]]:
    def printed(recorded: dict[str, Any]) -> dict[str, Json]:
        return {**recorded, "timestamp": timestamp(round(recorded["timestamp"].timestamp() * 1000))}

    return [printed(recorded) for recorded in env.event_manager.get_event_history()]


class _FiberThread:
    """`threading.Thread` on fibers."""

    native_id = None

    def __init__(self, target: Callable[[], None], name: str | None = None, daemon: bool | None = None) -> None:
        self._target = target

    def start(self) -> None:
        run = strand().run
        self.fiber = SCHEDULER.spawn(run.timeline, self._target)
        self.fiber.on_finish(self._finished)

    @staticmethod
    def _finished(fiber: Fiber) -> None:
        """Nobody joins these threads, so nobody would learn that one broke."""
        if fiber.error is not None:
            fiber.local.run.give_up_soon(f"the interpreter failed: {fiber.error!r}")


def _run_program(self: Program, env: Environment) -> None:
    """In the fiber at hand. `TimeoutSeconds` of the whole machine is the run's business."""
    env.next_state_name = self.start_at.start_at_name
    EvalComponent.eval(self, env)


@contextmanager
def _inner_scopes_of(state: str) -> Iterator[None]:
    """A Parallel or a Map at work. Rule: the first failure stops the branches or iterations that still run."""
    local = strand()
    outer, local.opening = local.opening, local.scope.open(state)
    try:
        yield
    except Exception:
        current().kill_children()
        raise
    finally:
        # The worker that runs this iteration of an outer Map takes its next.
        local.opening = outer


def _run_branches(self: branches_decl.BranchesDecl, env: Environment) -> None:
    with _inner_scopes_of(env.next_state_name):
        _original.branches(self, env)


def _start_branch(self: branch_worker.BranchWorker) -> None:
    _original.start_branch(self)
    opening = strand().opening
    assert opening is not None
    self._worker_thread.fiber.local.scope = opening.inner()


def _run_iterations(self: inline_iteration_component.InlineIterationComponent, env: Environment) -> None:
    with _inner_scopes_of(env.stack[-1].state_name):
        _original.iterations(self, env)


def _run_job(self: IterationWorker, env: Environment, job: job.Job) -> None:
    local = strand()
    outer = local.scope
    assert local.opening is not None
    local.scope = local.opening.inner(job.job_index)
    try:
        _original.job(self, env, job)
    finally:
        local.scope = outer


def _run_task(self: StateTask, env: Environment, resource: str, default_input: Json) -> None:
    """One attempt of a task: a call to the harness."""
    arguments = default_input
    if self.parargs is not None:
        self.parargs.eval(env)
        arguments = env.stack.pop()
    context = env.states.context_object.context_object_data
    attempt = Attempt(
        state=self.name,
        number=context["State"]["RetryCount"] + 1,
        timeout=None if self.timeout.is_default_value() else _evaluated(self.timeout, env),
        heartbeat=None if self.heartbeat is None else _evaluated(self.heartbeat, env),
        token=context["Task"]["Token"] if "Task" in context else None,
    )
    events = _TaskEvents(self, env)
    events.scheduled(arguments, attempt)
    if isinstance(self, StateTaskServiceCallback) and self.resource.condition is not None:
        attempt.submitted = events.submitted
    try:
        result = strand().run.call(attempt, resource, arguments)
    except TaskFailed as failed:
        raise events.failed(failed) from None
    self._verify_size_quota(env, result)
    events.succeeded(result)
    env.stack.append(result)


def _evaluated(component: EvalComponent, env: Environment) -> Json:
    component.eval(env)
    return env.stack.pop()


class _TaskEvents:
    """The history of one attempt."""

    def __init__(self, task: StateTask, env: Environment) -> None:
        self._env = env
        self._resource = task.resource.resource_arn
        self._service: dict[str, Json] = {}
        if isinstance(task.resource, ServiceResource):
            self._kind = "Task"
            self._service = {"resource": task._get_sfn_resource(), "resourceType": task._get_sfn_resource_type()}
        else:
            self._kind = "Activity" if isinstance(task, StateTaskActivity) else "LambdaFunction"

    def scheduled(self, arguments: Json, attempt: Attempt) -> None:
        details: dict[str, Json] = {"timeoutInSeconds": attempt.timeout, "heartbeatInSeconds": attempt.heartbeat}
        if self._service:
            details = {**details, **self._service, "region": REGION, "parameters": text(arguments)}
        else:
            details = {**details, "resource": self._resource, "input": text(arguments)}
        event(self._env, f"{self._kind}Scheduled", **details)
        event(self._env, f"{self._kind}Started", **self._service)

    def submitted(self, answer: Json, since: int) -> None:
        event(self._env, "TaskSubmitted", datetime.fromtimestamp(since / 1000, UTC), output=text(answer), **self._service)

    def succeeded(self, result: Json) -> None:
        event(self._env, f"{self._kind}Succeeded", output=text(result), **self._service)

    def failed(self, failed: TaskFailed) -> Exception:
        timed_out = failed.error in ("States.Timeout", "States.HeartbeatTimeout")
        return failure(self._env, f"{self._kind}{'TimedOut' if timed_out else 'Failed'}", failed.error, failed.cause)


def _run_activity(self: StateTaskActivity, env: Environment) -> None:
    _run_task(self, env, self.resource.resource_arn, env.states.get_input())


def _run_lambda(self: StateTaskLambda, env: Environment) -> None:
    _run_task(self, env, self.resource.resource_arn, env.states.get_input())


def _run_service(self: StateTaskService, env: Environment) -> None:
    if self.resource.condition is not None:
        # Each attempt has a token of its own.
        env.states.context_object.context_object_data["Task"] = {"Token": strand().run.new_token()}
    _run_task(self, env, self.resource.resource_arn, None)


def _now() -> datetime:
    return datetime.fromtimestamp(strand().run.timeline.now / 1000, UTC)


def _sleep(seconds: float) -> None:
    strand().run.timeline.sleep(round(seconds * 1000))


def _full_jitter(self: JitterStrategyDecl, env: Environment) -> None:
    """Full jitter may take the whole interval, and does."""


def _add_event(self: EventManager, *arguments: Any, **named: Any) -> int:
    """The history is kept where the harness asked for it."""
    return 0 if not strand().run.keeps_history else _original.add_event(self, *arguments, **named)


def _no_log(self: EvalComponent, *arguments: Any, **named: Any) -> None:
    """A log line of a failure would print the whole definition."""


def apply() -> None:
    threads = SimpleNamespace(Thread=_FiberThread, Event=Event, Lock=threading.Lock)
    for module in (branch_worker, branches_decl, inline_iteration_component, job):
        module.threading = threads
    for module in (branch_worker, inline_iteration_component):
        # The list of threads to stop when LocalStack shuts down; it would grow with every branch.
        module.TMP_THREADS = deque(maxlen=0)
    Program.eval = _run_program
    branches_decl.BranchesDecl._eval_body = _run_branches
    branch_worker.BranchWorker.start = _start_branch
    inline_iteration_component.InlineIterationComponent._eval_body = _run_iterations
    IterationWorker._eval_job = _run_job
    StateTaskActivity._eval_execution = _run_activity
    StateTaskLambda._eval_execution = _run_lambda
    StateTaskService._eval_execution = _run_service
    # Tokens are given above; the original registers them with the server.
    del StateTaskServiceCallback._eval_body
    retrier_decl.time = SimpleNamespace(sleep=_sleep)
    JitterStrategyDecl._eval_body = _full_jitter
    EventManager._get_current_timestamp = staticmethod(_now)
    EventManager.add_event = _add_event
    EvalComponent._log_failure_event_exception = _no_log
    EvalComponent._log_exception = _no_log
