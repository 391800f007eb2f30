"""Which values an expression may read: no more need be handed to the engine."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping

from executions import Json

_STATES = re.compile(r"\$states\b(?:\.(\w+))?")


@functools.lru_cache(4096)
def _fields_of_states(code: str) -> frozenset[str] | None:
    """The fields of $states an expression reads by name; None where it may read any."""
    fields = [found[1] for found in _STATES.finditer(code)]
    return None if None in fields else frozenset(fields)


def bindings_for(code: str, variables: Mapping[str, Json], states: Mapping[str, Json]) -> dict[str, Json]:
    """The variables whose names the expression spells, and of $states what it reads."""
    bindings = {name: value for name, value in variables.items() if f"${name}" in code}
    fields = _fields_of_states(code)
    if fields is None:
        bindings["states"] = states
    elif fields:
        bindings["states"] = {name: value for name, value in states.items() if name in fields}
    return bindings
