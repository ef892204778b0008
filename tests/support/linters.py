"""Linters, each called once over many projects. A function returns what the linter says, one finding a line."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from string import Template

from tests.support.projects import Project
from tests.support.template import DATA
from tests.support.tools import ToolMissingError, go_tool, node_program, node_tool, python_tool, typescript_packages
from tests.support.tools import biome as biome_tool


def _call(command: Sequence[str], folder: Path, good: frozenset[int] = frozenset({0})) -> list[str]:
    """Run a linter; nothing where it is content, else what it printed."""
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, encoding="utf-8", check=False)
    if result.returncode in good:
        return []
    output = (result.stdout + result.stderr).strip()
    return output.splitlines() or [f"{command[0]} ended with {result.returncode} and said nothing"]


def gather(projects: Iterable[Project], patterns: Sequence[str], folder: Path) -> list[Path]:
    """Copy every different file whose path fits into `folder`, under a name that tells the path; return the copies.

    Most files are the same in most projects, so that a linter that looks at one file after the other sees each once.
    """
    copies: dict[str, Path] = {}
    for project in projects:
        for name in project.files:
            if any(fnmatchcase(name, pattern) for pattern in patterns):
                digest = hashlib.sha256(name.encode() + (project.path / name).read_bytes()).hexdigest()[:12]
                if digest not in copies:
                    # The folder's name first: many linters tell the kind of a file by the end of its path.
                    copies[digest] = folder / digest / name
                    copies[digest].parent.mkdir(parents=True)
                    shutil.copy2(project.path / name, copies[digest])
    return list(copies.values())


def _names(paths: Iterable[Path]) -> list[str]:
    return [str(path) for path in paths]


def _python(projects: Sequence[Project]) -> list[str]:
    """Return the folders of the Python projects: only these say how their Python is to look."""
    return _names(project.path for project in projects if "pyproject.toml" in project.files)


def ruff_format(projects: Sequence[Project], folder: Path) -> list[str]:
    """Format nothing, but say what would change; each project's own settings apply."""
    paths = _python(projects)
    return _call([python_tool("ruff"), "format", "--check", "--no-cache", "--force-exclude", *paths], folder)


def ruff_check(projects: Sequence[Project], folder: Path) -> list[str]:
    """Check by each project's own rules."""
    paths = _python(projects)
    return _call([python_tool("ruff"), "check", "--no-cache", "--output-format=concise", *paths], folder)


def yamllint(projects: Sequence[Project], folder: Path) -> list[str]:
    """Check YAML by yamllint's default rules, without those on line length and on `---` at the start."""
    files = gather(projects, ["*.yml", "*.yaml"], folder)
    # `on:` is a key of workflows; Copier writes lists without indentation into the answers file.
    config = """{extends: default, rules: {
        line-length: disable, document-start: disable, truthy: {check-keys: false},
        comments: {min-spaces-from-content: 1}, braces: {max-spaces-inside: 1},
        indentation: {indent-sequences: whatever}}}"""
    return _call([python_tool("yamllint"), "--strict", "-f", "parsable", "-d", config, *_names(files)], folder)


def _shell_scripts(projects: Sequence[Project]) -> list[str]:
    return sorted(
        {
            name
            for project in projects
            for name in project.files
            if name.endswith(".sh") or re.match(r"#!.*\b(?:ba|da)?sh\b", project.text(name)[:40])
        }
    )


def shellcheck(projects: Sequence[Project], folder: Path) -> list[str]:
    """Check every shell script, with all optional checks that do not ask for braces around each variable."""
    files = gather(projects, _shell_scripts(projects), folder)
    return _call([python_tool("shellcheck"), "--norc", *_names(files)], folder) if files else []


def hadolint(projects: Sequence[Project], folder: Path) -> list[str]:
    """Check Dockerfiles without any configuration."""
    files = gather(projects, ["*Dockerfile", "*.Dockerfile"], folder)
    command = [python_tool("hadolint"), "--config", "/dev/null", "--no-color"]
    return _call([*command, *_names(files)], folder) if files else []


def actionlint(projects: Sequence[Project], folder: Path) -> list[str]:
    """Check workflows, and the scripts in them by shellcheck."""
    files = gather(projects, [".github/workflows/*.yml"], folder)
    command = [
        go_tool("actionlint"),
        "-no-color",
        "-oneline",
        "-shellcheck",
        python_tool("shellcheck"),
        "-pyflakes",
        "",
    ]
    return _call([*command, *_names(files)], folder) if files else []


def zizmor(projects: Sequence[Project], folder: Path) -> list[str]:
    """Audit workflows without any configuration; ignoring a finding by a comment does not count."""
    files = gather(projects, [".github/workflows/*.yml", ".github/dependabot.yml", "*action.yml"], folder)
    ignored = [f"{path}: zizmor is told to look away" for path in files if "zizmor: ignore" in path.read_text("utf-8")]
    command = [python_tool("zizmor"), "--offline", "--no-config", "--no-progress", "--color=never", "--format=plain"]
    return ignored + (_call([*command, *_names(files)], folder) if files else [])


_SCHEMAS = {
    "vendor.github-workflows": [".github/workflows/*.yml"],
    "custom.github-workflows-require-timeout": [".github/workflows/*.yml"],
    "vendor.github-issue-forms": [".github/ISSUE_TEMPLATE/[!c]*.yml"],
    "vendor.github-issue-config": [".github/ISSUE_TEMPLATE/config.yml"],
    "vendor.dependabot": [".github/dependabot.yml"],
    "vendor.renovate": ["renovate.json", ".github/renovate.json", ".gitlab/renovate.json"],
    "vendor.gitlab-ci": [".gitlab-ci.yml"],
    "vendor.compose-spec": ["compose*.yml", "compose*.yaml"],
}


def check_schemas(projects: Sequence[Project], folder: Path) -> list[str]:
    """Check files of well-known tools against the schemas that check-jsonschema carries with it."""
    findings: list[str] = []
    for schema, patterns in _SCHEMAS.items():
        files = gather(projects, patterns, folder / schema)
        if files:
            options = ["--builtin-schema", schema]
            if schema == "vendor.gitlab-ci":
                options += ["--data-transform", "gitlab-ci"]
            findings += _call([python_tool("check-jsonschema"), *options, *_names(files)], folder)
    return findings


def markdownlint(projects: Sequence[Project], folder: Path) -> list[str]:
    """Check Markdown by markdownlint's rules; tests/data/markdownlint.yml says which do not apply, and why."""
    gather(projects, ["*.md"], folder)
    config = DATA / ".markdownlint-cli2.yaml"
    return _call([*node_tool("markdownlint-cli2"), "--config", str(config), "**/*.md"], folder)


def biome_of_pages(projects: Sequence[Project], _: Path) -> list[str]:
    """Check front ends that have settings of their own, how they are formatted and what they say."""
    command = [*biome_tool(), "check", "--error-on-warnings", "--colors=off"]
    settings = "src/web/biome.json"
    apart = [one for one in projects if settings in one.files and "biome.json" not in one.files]
    folders = [project.path / "src/web" for project in apart]
    return [finding for folder in folders for finding in _call(command, folder)]


def nginx(projects: Sequence[Project], folder: Path) -> list[str]:
    """Let nginx read its configurations, filled in as the image does it."""
    program = shutil.which("nginx", path=os.pathsep.join([os.environ["PATH"], "/usr/sbin"]))
    if program is None:
        raise ToolMissingError("nginx is not installed: https://nginx.org/en/download.html")
    values = {"NGINX_LOCAL_RESOLVERS": "127.0.0.1", "PAGES": str(folder), "PORT": "8080", "SERVICE": "app:8000"}
    values |= {"AUTH_ISSUER": "https://id.example.com/realms/shop", "FIREBASE_EMULATOR_URL": ""}
    findings: list[str] = []
    for template in gather(projects, ["src/web/nginx.conf.template"], folder):
        server = Template(template.read_text("utf-8")).safe_substitute(values)
        whole = template.with_name("nginx.conf")
        whole.write_text(f"pid {template.parent}/pid;\nevents {{}}\nhttp {{\n{server}}}\n", "utf-8")
        findings += _call([program, "-t", "-q", "-e", "stderr", "-p", str(template.parent), "-c", str(whole)], folder)
    return findings


def gitleaks(projects: Sequence[Project], folder: Path) -> list[str]:
    """Look for secrets by gitleaks' own rules, the project's exceptions left aside."""
    gather(projects, ["*"], folder)
    command = [go_tool("gitleaks"), "dir", "--no-banner", "--no-color", "--redact", "--verbose", "."]
    for exception in (*folder.rglob(".gitleaks.toml"), *folder.rglob(".gitleaksignore")):
        exception.unlink()
    return _call(command, folder)


def _typescript(projects: Sequence[Project], folder: Path) -> list[Path]:
    """Copy the TypeScript projects, each to where it has the packages of the pins as its own; return the copies."""
    copies = []
    for number, project in enumerate(project for project in projects if "package.json" in project.files):
        copy = project.copy_to(folder / str(number)).path
        (copy / "node_modules").symlink_to(typescript_packages(), target_is_directory=True)
        copies.append(copy)
    return copies


def biome(projects: Sequence[Project], folder: Path) -> list[str]:
    """Lint, and say what formatting would change; each project's own settings apply."""
    return [
        line
        for path in _typescript(projects, folder)
        for line in _call(
            [
                *(node_program(), str(path / "node_modules/@biomejs/biome/bin/biome"), "check"),
                # A copy is no repository, and so has no file of what to ignore.
                *("--vcs-enabled=false", "--colors=off"),
            ],
            path,
        )
    ]


def tsc(projects: Sequence[Project], folder: Path) -> list[str]:
    """Check the types; each project's own settings apply."""
    return [
        line
        for path in _typescript(projects, folder)
        for line in _call([node_program(), str(path / "node_modules/typescript/bin/tsc")], path)
    ]


LINTERS: dict[str, Callable[[Sequence[Project], Path], list[str]]] = {
    linter.__name__: linter
    for linter in (
        actionlint,
        biome,
        biome_of_pages,
        check_schemas,
        gitleaks,
        hadolint,
        markdownlint,
        nginx,
        ruff_check,
        ruff_format,
        shellcheck,
        tsc,
        yamllint,
        zizmor,
    )
}
