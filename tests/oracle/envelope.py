"""What a Task's resource and arguments say about the task behind them, and how its answer travels back."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

LAMBDA_INVOKE = "arn:aws:states:::lambda:invoke"
SEND_MESSAGE = "arn:aws:states:::sqs:sendMessage"
WITH_TOKEN = ".waitForTaskToken"
LAMBDA_FUNCTION = "arn:aws:lambda:"
_ACTIVITY = re.compile(r"arn:[^:]+:states:[^:]*:[^:]*:activity:(?P<task>.+)")


class TaskFailed(Exception):
    """An attempt ended with an error name and a cause. `before_token`: what was to pass the token on has failed."""

    def __init__(self, error: str, cause: str = "", before_token: bool = False) -> None:
        super().__init__(f"{error}: {cause}")
        self.error = error
        self.cause = cause
        self.before_token = before_token


def is_activity(resource: str) -> bool:
    return _ACTIVITY.fullmatch(resource) is not None


@dataclass(frozen=True)
class Envelope:
    """A task as the harness sees it: its name, where one is known, and its input."""

    task: str | None
    input: Any
    wraps_result: bool = False
    wraps_cause: bool = False
    # A function is invoked, but the answer comes by token.
    token_by_function: bool = False

    @staticmethod
    def of(resource: str, arguments: Any) -> Envelope:
        if found := _ACTIVITY.fullmatch(resource):
            return Envelope(found["task"], arguments)
        if resource == LAMBDA_INVOKE and isinstance(arguments, dict):
            payload = arguments.get("Payload")
            if isinstance(payload, dict) and set(payload) == {"task", "input"}:
                return Envelope(payload["task"], payload["input"], wraps_result=True, wraps_cause=True)
        if resource == LAMBDA_INVOKE + WITH_TOKEN and (found := _with_token(arguments, "Payload")):
            return Envelope(found["task"], found["input"], token_by_function=True)
        if resource == SEND_MESSAGE + WITH_TOKEN and (found := _with_token(arguments, "MessageBody")):
            return Envelope(found["task"], found["input"])
        wraps_cause = resource == LAMBDA_INVOKE or resource.startswith(LAMBDA_FUNCTION)
        return Envelope(None, arguments, wraps_cause=wraps_cause, token_by_function=resource == LAMBDA_INVOKE + WITH_TOKEN)

    def result(self, output: Any) -> Any:
        """What the Task state sees as its result. `lambda:invoke` wraps what the function returned."""
        if not self.wraps_result:
            return output
        return {"ExecutedVersion": "$LATEST", "Payload": output, "StatusCode": 200}

    def submitted(self) -> Any:
        """What the service itself answers, where the result comes by a token."""
        if self.token_by_function:
            return {"ExecutedVersion": "$LATEST", "Payload": None, "StatusCode": 200}
        return {"MD5OfMessageBody": "0" * 32, "MessageId": "00000000-0000-0000-0000-000000000000"}

    def failure(self, error: str, cause: str, before_token: bool) -> TaskFailed:
        """What the Task state fails with. A Lambda runtime reports a JSON document, and that is the Cause."""
        if self.wraps_cause or (self.token_by_function and before_token):
            cause = json.dumps({"errorMessage": cause, "errorType": error, "trace": []}, separators=(",", ":"))
        return TaskFailed(error, cause)


def _with_token(arguments: Any, field: str) -> Any:
    """The message that carries a token, where the arguments hold one."""
    message = arguments.get(field) if isinstance(arguments, dict) else None
    return message if isinstance(message, dict) and set(message) == {"task", "token", "input"} else None
