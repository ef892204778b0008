"""Programs that are no Python packages, installed once into build/tools at the versions that the repository pins."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import yaml
from filelock import FileLock

from extensions.pins import read_pins
from tests.support.template import BUILD, ROOT

T = TypeVar("T")
_TOOLS = BUILD / "tools"
_GO_PROGRAMS = {
    "actionlint": ("github.com/rhysd/actionlint", "cmd/actionlint"),
    "gitleaks": ("github.com/zricethezav/gitleaks/v8", ""),
    "talisman": ("github.com/thoughtworks/talisman", "cmd"),
}
# Its module calls itself by another name than its address, so `go install` refuses it.
_BUILT_IN_PLACE = frozenset({"talisman"})


class ToolMissingError(RuntimeError):
    """A program cannot be had on this machine; the message says why and what to install."""


def python_tool(name: str) -> str:
    """Return the path of a program that a Python package of requirements.lock brings."""
    suffix = ".exe" if sys.platform == "win32" else ""
    return str(Path(sysconfig.get_path("scripts")) / f"{name}{suffix}")


def once(make: Callable[..., T]) -> Callable[..., T]:
    """Keep what a function returns, as functools.cache does; what could not be had is not tried again either."""

    @cache
    def outcome(*arguments: str) -> T | ToolMissingError:
        try:
            return make(*arguments)
        except ToolMissingError as error:
            return error

    def remembered(*arguments: str) -> T:
        found = outcome(*arguments)
        if isinstance(found, ToolMissingError):
            raise found
        return found

    return remembered


@once
def go_tool(name: str) -> str:
    """Return the path of a Go program, built with `go install` at the version in extensions/catalog/pins/go.

    Raises ToolMissingError: there is no Go, or it cannot fetch the module.
    """
    module, package = _GO_PROGRAMS[name]
    version = _version(name)
    folder = _TOOLS / f"{name}-{version}"
    program = folder / (f"{name}.exe" if sys.platform == "win32" else name)
    with _lock(name):
        if not program.exists():
            go = shutil.which("go")
            if go is None:
                raise ToolMissingError(f"{name} {version} has to be built, and there is no Go: https://go.dev/dl/")
            if name in _BUILT_IN_PLACE:
                source = shutil.copytree(_go_module(name, version), folder / "source", copy_function=shutil.copyfile)
                _run([go, "build", "-C", str(source), "-mod=mod", "-o", str(program), f"./{package}"], name)
            else:
                address = "/".join(filter(None, (module, package))) + f"@{version}"
                _run([go, "install", address], name, os.environ | {"GOBIN": str(folder)})
    return str(program)


@once
def otel_collector() -> str:
    """Return the path of an OpenTelemetry collector with the parts that tests/data/otelcol.yaml names.

    Raises ToolMissingError: there is no Go to build it, or it cannot fetch the parts.
    """
    manifest = ROOT / "tests" / "data" / "otelcol.yaml"
    dist = yaml.safe_load(manifest.read_text("utf-8"))["dist"]
    program = ROOT / dist["output_path"] / (f"{dist['name']}.exe" if sys.platform == "win32" else dist["name"])
    with _lock("otelcol"):
        if not program.exists():
            go = shutil.which("go")
            if go is None:
                raise ToolMissingError("the collector has to be built, and there is no Go: https://go.dev/dl/")
            builder = f"go.opentelemetry.io/collector/cmd/builder@v{dist['version']}"
            _run([go, "run", builder, f"--config={manifest}"], "otelcol")
    return str(program)


def _version(name: str) -> str:
    """Return the pinned version of a Go program: of the program itself, or of the hook that runs it."""
    module = _GO_PROGRAMS[name][0]
    pins = read_pins(ROOT / "extensions/catalog/pins")
    version: str = pins["go"].get(module) or pins["hooks"][f"https://{module}"]
    return version


@once
def _go_module(name: str, version: str) -> Path:
    """Fetch the source of a Go program, and return its folder in Go's own cache."""
    go = shutil.which("go")
    if go is None:
        raise ToolMissingError(
            f"the source of {name} {version} has to be fetched, and there is no Go: https://go.dev/dl/"
        )
    _TOOLS.mkdir(parents=True, exist_ok=True)
    answer = json.loads(_run([go, "mod", "download", "-json", f"{_GO_PROGRAMS[name][0]}@{version}"], name))
    return Path(answer["Dir"])


def go_hooks(name: str, version: str) -> list[dict[str, Any]]:
    """Return the hooks that a Go program's repository offers to pre-commit at a version.

    Raises ToolMissingError: the source can't be fetched.
    """
    text = (_go_module(name, version) / ".pre-commit-hooks.yaml").read_text("utf-8")
    hooks: list[dict[str, Any]] = yaml.safe_load(text)
    return hooks


@once
def node_tool(name: str) -> list[str]:
    """Return the command of an npm package, installed as tests/data/npm/package-lock.json says.

    Raises ToolMissingError: there is no Node.js, or npm cannot fetch the package.
    """
    manifest = ROOT / "tests" / "data" / "npm"
    version = json.loads((manifest / "package.json").read_text("utf-8"))["devDependencies"][name]
    folder = _TOOLS / f"{name}-{version}"
    with _lock(name):
        if not (folder / "installed").exists():
            npm = shutil.which("npm")
            if npm is None:
                raise ToolMissingError(f"{name} {version} needs Node.js and npm: https://nodejs.org/")
            shutil.copytree(manifest, folder, dirs_exist_ok=True)
            _run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", str(folder)], name)
            (folder / "installed").touch()
    node = shutil.which("node")
    entry = json.loads((folder / "node_modules" / name / "package.json").read_text("utf-8"))["bin"][name]
    return [str(node), str(folder / "node_modules" / name / entry)]


@once
def biome() -> list[str]:
    """Return the command of Biome at the version in extensions/catalog/pins/web: the one of the projects.

    Raises ToolMissingError: there is no Node.js, or npm cannot fetch the package.
    """
    version = read_pins(ROOT / "extensions/catalog/pins")["web"]["@biomejs/biome"]
    folder = _TOOLS / f"biome-{version}"
    with _lock("biome"):
        if not (folder / "installed").exists():
            npm = shutil.which("npm")
            if npm is None:
                raise ToolMissingError(f"biome {version} needs Node.js and npm: https://nodejs.org/")
            options = ["--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", str(folder)]
            _run([npm, "install", *options, f"@biomejs/biome@{version}"], "biome")
            (folder / "installed").touch()
    return [str(shutil.which("node")), str(folder / "node_modules/@biomejs/biome/bin/biome")]


@once
def node_program() -> str:
    """Return the path of a Node.js that is new enough for a TypeScript project: the machine's, else npm's own `node`.

    Raises ToolMissingError: there is no Node.js, or npm cannot fetch a newer one.
    """
    entry = ROOT / "extensions/catalog/stacks/typescript-fastify.yml"
    toolchain = yaml.safe_load(entry.read_text("utf-8"))["toolchain"]
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise ToolMissingError(f"there is no Node.js {toolchain['minimum']} or later with npm: https://nodejs.org/")
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    if int(version.removeprefix("v").partition(".")[0]) >= int(toolchain["minimum"]):
        return node
    return _node_of_npm(toolchain["version"])


def _node_of_npm(version: str) -> str:
    folder = _TOOLS / f"node-{version}"
    program = folder / "node_modules" / "node" / "bin" / "node"
    with _lock(f"node-{version}"):
        if not program.exists():
            _run(
                [_npm("Node.js"), "install", "--no-audit", "--no-fund", "--prefix", str(folder), f"node@{version}"],
                "node",
            )
    return str(program)


@once
def typescript_packages() -> Path:
    """Return the node_modules of everything that a TypeScript project may depend on, at the versions of the pins.

    Raises ToolMissingError: there is no Node.js, or npm cannot fetch a package.
    """
    return _node_modules(ROOT / "extensions/catalog/pins/typescript/package.json", "typescript")


@once
def npm_packages(name: str) -> Path:
    """Return the node_modules of tests/data/NAME/package.json: exact versions, and no lock, which would be long.

    Raises ToolMissingError: there is no Node.js, or npm cannot fetch a package.
    """
    return _node_modules(ROOT / "tests" / "data" / name / "package.json", name)


@once
def renovate() -> list[str]:
    """Return the command of Renovate, with the only Node.js that it supports.

    Raises ToolMissingError: there is no Node.js, or npm cannot fetch a package.
    """
    program = npm_packages("renovate") / "renovate" / "dist" / "renovate.js"
    return [_node_of_npm("24"), str(program)]


@once
def mergiraf() -> str:
    """Return the path of mergiraf: the machine's, else built at the version in tests/data/mergiraf/Cargo.toml.

    Raises ToolMissingError: there is neither the program nor Cargo, or it cannot be built.
    """
    if found := shutil.which("mergiraf"):
        return found
    manifest = tomllib.loads((ROOT / "tests/data/mergiraf/Cargo.toml").read_text("utf-8"))
    version = manifest["dependencies"]["mergiraf"].removeprefix("=")
    folder = _TOOLS / f"mergiraf-{version}"
    program = folder / "bin" / ("mergiraf.exe" if sys.platform == "win32" else "mergiraf")
    with _lock("mergiraf"):
        if not program.exists():
            cargo = shutil.which("cargo")
            if cargo is None:
                raise ToolMissingError(f"mergiraf {version} has to be built, and there is no Cargo: https://rustup.rs/")
            # Its grammars are compiled C; optimizing less halves the minutes.
            command = [cargo, "install", "--locked", "--quiet", "--root", str(folder), f"mergiraf@{version}"]
            _run(command, "mergiraf", os.environ | {"CARGO_PROFILE_RELEASE_OPT_LEVEL": "0"})
    return str(program)


def _node_modules(manifest: Path, name: str) -> Path:
    """Install what a manifest names, once for each of its versions, and return the folder."""
    folder = _TOOLS / f"{name}-{hashlib.sha256(manifest.read_bytes()).hexdigest()[:12]}"
    with _lock(name):
        if not (folder / "installed").exists():
            npm = _npm(f"the packages of {name}")
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copy2(manifest, folder)
            _run([npm, "install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", str(folder)], name)
            (folder / "installed").touch()
    return folder / "node_modules"


def _npm(wanted_by: str) -> str:
    found = shutil.which("npm")
    if found is None:
        raise ToolMissingError(f"there is no npm to fetch {wanted_by}: https://nodejs.org/")
    return found


def _lock(name: str) -> FileLock:
    _TOOLS.mkdir(parents=True, exist_ok=True)
    return FileLock(_TOOLS / f"{name}.lock")


def _run(command: list[str], name: str, environment: dict[str, str] | None = None) -> str:
    result = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd=_TOOLS)
    if result.returncode != 0:
        raise ToolMissingError(f"{name} could not be installed: {result.stderr.strip()[-500:]}")
    return result.stdout
