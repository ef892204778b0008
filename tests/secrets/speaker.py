"""Speaks for a Python project: what its own client reads, or says, asked over standard input.

Run by test_managers.py with the project's folder. The first line that it writes is what the project's own peer is; then
each line that it reads is answered by one.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from pathlib import Path
from types import ModuleType

from tests.support import ports


def main(project: Path) -> None:
    package = next(path.parent.name for path in (project / "src").glob("*/__main__.py"))
    # Packages without their __init__, so that nothing is imported but what the two modules need.
    for name, folder in {"rendered": "tests", "client": f"src/{package}/platform"}.items():
        made = ModuleType(name)
        made.__path__ = [str(project / folder)]
        sys.modules[name] = made
    sys.modules["rendered.support"] = ports
    module = importlib.import_module("rendered.secrets_peer")
    client = importlib.import_module("client.secrets_manager")
    with module.SecretsPeer(None) as peer:
        faults = {name: fault.variables for name, fault in module.FAULTS.items() if not fault.peer}
        approle = getattr(module, "APPROLE", {})
        print(json.dumps({"variables": peer.variables, "faults": faults, "approle": approle}), flush=True)
        for line in sys.stdin:
            asked = json.loads(line)
            for name, value in asked["peer"].items():
                setattr(peer, name, value)
            variables = {name: value for name, value in asked["variables"].items() if value}
            for name in asked["variables"]:
                os.environ.pop(name, None)
            os.environ.update(variables)
            print(json.dumps(outcome(client, variables)), flush=True)


def outcome(client: ModuleType, variables: dict[str, str]) -> object:
    try:
        return client.fetch(variables)
    except Exception as error:
        if type(error).__name__ != "SecretStoreError":
            raise
        return str(error)


main(Path(sys.argv[1]))
