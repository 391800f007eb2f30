"""What a Task's resource and arguments say about the task behind them, and how its answer travels back."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

LAMBDA_INVOKE = "arn:aws:states:::lambda:invoke"
_ACTIVITY = re.compile(r"arn:[^:]+:states:[^:]*:[^:]*:activity:(?P<task>.+)")


class TaskFailed(Exception):
    """An attempt ended with an error name and a cause."""

    def __init__(self, error: str, cause: str = "") -> None:
        super().__init__(f"{error}: {cause}")
        self.error = error
        self.cause = cause


def is_activity(resource: str) -> bool:
    return _ACTIVITY.fullmatch(resource) is not None


@dataclass(frozen=True)
class Envelope:
    """A task as the harness sees it: its name, where one is known, and its input."""

    task: str | None
    input: Any
    lambda_function: bool = False

    @staticmethod
    def of(resource: str, arguments: Any) -> Envelope:
        if found := _ACTIVITY.fullmatch(resource):
            return Envelope(found["task"], arguments)
        if resource == LAMBDA_INVOKE and isinstance(arguments, dict):
            payload = arguments.get("Payload")
            if isinstance(payload, dict) and set(payload) == {"task", "input"}:
                return Envelope(payload["task"], payload["input"], lambda_function=True)
        return Envelope(None, arguments)

    def result(self, output: Any) -> Any:
        """What the Task state sees as its result. `lambda:invoke` wraps what the function returned."""
        if not self.lambda_function:
            return output
        return {"ExecutedVersion": "$LATEST", "Payload": output, "StatusCode": 200}

    def failure(self, error: str, cause: str) -> TaskFailed:
        """What the Task state fails with. A Lambda runtime reports a JSON document, and that is the Cause."""
        if self.lambda_function:
            cause = json.dumps({"errorMessage": cause, "errorType": error, "trace": []}, separators=(",", ":"))
        return TaskFailed(error, cause)
