"""The oracle on `sfnx.testing`: semantics its author measured on AWS, JSONata by jsonata-python. See README.md."""

from __future__ import annotations

from collections.abc import Mapping

from sfnx import testing
from statelint.config import Config
from statelint.linter import Linter

import sfnx_rules
from executions import ExecutionFailed, ExpressionFailed, Json, Machine, Rejected
from node_server import NodeServer
from oracle import Oracle


class Sfnx:
    name = "sfnx"

    def __init__(self) -> None:
        self._node = NodeServer()

    def prepare(self, machine: Machine) -> Machine:
        try:
            testing.check(machine)
        except (testing.InvalidDefinition, testing.Unsupported) as refused:
            raise Rejected(str(refused)) from refused
        except Exception as malformed:
            # The check takes the shape of a definition for granted.
            raise Rejected(f"malformed definition: {type(malformed).__name__}: {malformed}") from malformed
        return machine

    def execute(self, prepared: Machine, execution_input: Json, context: dict[str, Json]) -> Json:
        try:
            return sfnx_rules.execute(prepared, execution_input, context)
        except testing.Failure as failure:
            raise ExecutionFailed(failure.error, failure.cause) from failure

    def evaluate(self, expression: str, bindings: Mapping[str, Json]) -> tuple[bool, Json]:
        try:
            return True, testing.evaluate(expression, bindings, bindings.get("states", {}))
        except testing.Failure as failure:
            if failure.cause == f"{expression} is undefined":
                return False, None
            raise ExpressionFailed(failure.cause) from failure

    def findings(self, machine: Machine) -> list[dict[str, str]]:
        found: list[dict[str, str]] = []
        try:
            self.prepare(machine)
        except Rejected as rejected:
            found.append({"tool": "sfnx", "message": str(rejected)})
        for message in Linter.validate(dict(machine), Config(evaluate_jsonata=True)):
            found.append({"tool": "statelint", "message": message})
        for message in self._node.ask({"op": "validate", "machine": machine})["findings"]:
            found.append({"tool": "asl-validator", "message": message})
        return found


if __name__ == "__main__":
    sfnx_rules.apply()
    Oracle(Sfnx()).serve()
