"""History events and failures of LocalStack's interpreter, in short."""

from __future__ import annotations

import json
from datetime import datetime

from localstack.aws.api.stepfunctions import HistoryEventType
from localstack.services.stepfunctions.asl.component.common.error_name.custom_error_name import CustomErrorName
from localstack.services.stepfunctions.asl.component.common.error_name.failure_event import (
    FailureEvent,
    FailureEventException,
)
from localstack.services.stepfunctions.asl.eval.environment import Environment

from executions import Json, strand

QUERY_EVALUATION_ERROR = "States.QueryEvaluationError"


def text(value: Json) -> str:
    return json.dumps(value, separators=(",", ":"))


def _details(event_type: str, details: dict[str, Json]) -> dict[str, Json]:
    given = {name: value for name, value in details.items() if value is not None}
    return {f"{event_type[0].lower()}{event_type[1:]}EventDetails": given} if given else {}


def event(env: Environment, event_type: str, at: datetime | None = None, **details: Json) -> None:
    """Adds to the history, where the harness asked for one: now, or at a moment."""
    if strand().run.keeps_history:
        env.event_manager.add_event(
            context=env.event_history_context,
            event_type=HistoryEventType(event_type),
            event_details=_details(event_type, details),
            timestamp=at,
        )


def state_event(env: Environment, event_type: str, state: str, data: str) -> None:
    """Adds that a state was entered or exited, with its input or output."""
    if not strand().run.keeps_history:
        return
    env.event_manager.add_event(
        context=env.event_history_context,
        event_type=HistoryEventType(event_type),
        event_details={
            f"state{event_type.partition('State')[2]}EventDetails": {
                "name": state,
                data: text(env.states.get_input()),
                f"{data}Details": {"truncated": False},
            }
        },
    )


def failure(env: Environment, event_type: str, error: str, cause: str) -> FailureEventException:
    return FailureEventException(
        FailureEvent(
            env=env,
            error_name=CustomErrorName(error),
            event_type=HistoryEventType(event_type),
            event_details=_details(event_type, {"error": error, "cause": cause}),
        )
    )


def evaluation_failure(env: Environment, cause: str) -> FailureEventException:
    return failure(env, "EvaluationFailed", QUERY_EVALUATION_ERROR, cause)
