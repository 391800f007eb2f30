"""The node process beside an oracle: reference JSONata, and asl-validator."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

# The setup puts the virtual environments and node_modules side by side.
ORACLE_DIRECTORY = Path(sys.prefix).parent


class NodeServer:
    """Starts with the first question, and ends when its stdin does: it cannot outlive the oracle."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        if self._process is None:
            self._process = self._start()
        process = self._process
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(json.dumps(question, separators=(",", ":")).encode() + b"\n")
        process.stdin.flush()
        answer = process.stdout.readline()
        if not answer:
            raise RuntimeError(f"node ended with exit code {process.wait()}")
        return json.loads(answer)

    def _start(self) -> subprocess.Popen[bytes]:
        script = Path(__file__).with_name("node_server.js")
        environment = {**os.environ, "NODE_PATH": str(ORACLE_DIRECTORY / "node_modules")}
        return subprocess.Popen(["node", str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)
