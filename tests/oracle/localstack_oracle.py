"""The oracle on LocalStack's interpreter, JSONata by the npm package of the version AWS names. See README.md."""

from __future__ import annotations

import importlib
import json
import logging
import sys
import threading
import warnings
from collections.abc import Iterator, Mapping
from typing import Any
from unittest import mock

from executions import DEFAULT_NOW, ExpressionFailed, Json, Machine, Rejected
from node_server import NodeServer
from oracle import Oracle

# An iteration of a Map with little concurrency stands on the stack of the one before it.
RECURSION_LIMIT = 100_000


def _import_on_python_3_12() -> None:
    """LocalStack is written for Python 3.13: `Lock | None` in an annotation, and `warnings.deprecated`."""
    import typing_extensions

    class Lock:
        def __or__(self, other: object) -> object:
            return object

        def __call__(self) -> Any:
            return make_lock()

    make_lock = threading.Lock
    warnings.deprecated = typing_extensions.deprecated
    with mock.patch.object(threading, "Lock", Lock()):
        importlib.import_module("localstack.packages.api")


if sys.version_info < (3, 13):
    _import_on_python_3_12()

from localstack.services.stepfunctions.asl.component.program.program import Program  # noqa: E402
from localstack.services.stepfunctions.asl.parse.asl_parser import AmazonStateLanguageParser  # noqa: E402

import localstack_rules  # noqa: E402
import localstack_runtime  # noqa: E402


class LocalStack:
    name = "localstack"

    def __init__(self, node: NodeServer) -> None:
        self._node = node
        self.execute = localstack_runtime.execute

    def prepare(self, machine: Machine) -> Program:
        self._check(machine)
        try:
            program, _ = AmazonStateLanguageParser.parse(json.dumps(machine, separators=(",", ":"), ensure_ascii=False))
        except Exception as refused:
            raise Rejected(f"{type(refused).__name__}: {refused}") from refused
        return program

    def evaluate(self, expression: str, bindings: Mapping[str, Json]) -> tuple[bool, Json]:
        answer = self._node.ask({"op": "evaluate", "expression": expression, "bindings": bindings, "now": DEFAULT_NOW})
        if "failed" in answer:
            raise ExpressionFailed(answer["failed"])
        return answer["defined"], answer.get("value")

    def findings(self, machine: Machine) -> list[dict[str, str]]:
        try:
            self.prepare(machine)
        except Rejected as rejected:
            return [{"tool": "localstack", "message": str(rejected)}]
        return []

    def _check(self, machine: Machine) -> None:
        """Rules the parser lacks: state names are unique in the whole definition, and expressions parse. What this
        interpreter cannot run as AWS does is refused too."""
        if machine.get("QueryLanguage") != "JSONata":
            raise Rejected("this oracle runs definitions whose QueryLanguage is JSONata")
        names: set[str] = set()
        for name, state in _states(machine):
            if name in names:
                raise Rejected(f"{name}: another state has this name")
            names.add(name)
            if state.get("QueryLanguage", "JSONata") != "JSONata":
                raise Rejected(f"{name}: this oracle runs states whose QueryLanguage is JSONata")
            if state.get("ItemProcessor", {}).get("ProcessorConfig", {}).get("Mode") == "DISTRIBUTED":
                raise Rejected(f"{name}: this oracle runs inline Maps only")
        expressions = list(_expressions(machine))
        for index, message in self._node.ask({"op": "parse", "expressions": expressions})["failures"]:
            raise Rejected(f"{expressions[index]}: {message}")


def _states(machine: Mapping[str, Json]) -> Iterator[tuple[str, Mapping[str, Json]]]:
    for name, state in machine.get("States", {}).items():
        yield name, state
        for inner in (*state.get("Branches", []), state.get("ItemProcessor")):
            if inner is not None:
                yield from _states(inner)


def _expressions(part: Json) -> Iterator[str]:
    if isinstance(part, dict):
        for key, member in part.items():
            if key != "Comment":
                yield from _expressions(member)
    elif isinstance(part, list):
        for member in part:
            yield from _expressions(member)
    elif isinstance(part, str) and part.startswith("{%") and part.endswith("%}"):
        yield part[2:-2]


def main() -> None:
    logging.disable(logging.CRITICAL)
    sys.setrecursionlimit(RECURSION_LIMIT)
    node = NodeServer()
    localstack_runtime.apply()
    localstack_rules.apply(node)
    Oracle(LocalStack(node)).serve()


if __name__ == "__main__":
    main()
