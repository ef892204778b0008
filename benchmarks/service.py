"""What a generated service costs over a bare FastAPI with the same routes: throughput, p99, memory and start.

wrk makes the load from a process of its own; PostgreSQL runs beside it. The services share the cores with both,
one after another, round by round.
"""

import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import yaml

from benchmarks import repositories
from benchmarks.measure import run
from tests.conformance.contract import VARIABLE_NAMES
from tests.conformance.identity import WRITER
from tests.conformance.issuer import Issuer, authorization
from tests.support.ports import LOOPBACK, free_port
from tests.support.postgres import Cluster
from tests.support.programs import listening_peer
from tests.support.projects import Project

CONNECTIONS = 16
LOAD_SECONDS = 5
BUILDS = repositories.ROOT / "tests" / "data" / "builds.yml"
BARE = Path(__file__).with_name("bare_fastapi.py")
ROUTES = ("/health", "/api/v1/users/{id}")


@dataclass(frozen=True)
class Case:
    """One service: how it is started, and what its requests carry."""

    command: Sequence[str]
    folder: Path
    port: int
    variables: Mapping[str, str]
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Sample:
    """One round of one service."""

    start_seconds: float
    memory_mib: float
    requests_per_second: Mapping[str, float]
    p99_ms: Mapping[str, float]


def measure_service(work: Path, runs: int) -> str:
    """Return the table, as Markdown; `work` is an empty folder to work in.

    Raises RuntimeError: wrk is not installed. PostgresMissingError: PostgreSQL is not.
    """
    if shutil.which("wrk") is None:
        raise RuntimeError("wrk is not installed (Debian, Ubuntu: apt-get install wrk; macOS: brew install wrk)")
    template = repositories.released(work / "template", repositories.sources(work / "sources"))
    everything: dict[str, Any] = yaml.safe_load(BUILDS.read_text("utf-8"))["everything-on"]["answers"]
    plain = _project(template, work / "plain", {"database": "postgresql"})
    full = _project(template, work / "full", everything)
    with ExitStack() as opened:
        cluster = opened.enter_context(Cluster.create())
        issuer = opened.enter_context(Issuer("oidc", Path(opened.enter_context(tempfile.TemporaryDirectory()))))
        collector = opened.enter_context(listening_peer(lambda _: b"")).url
        user = _database(cluster, full)
        url = cluster.url("service")
        port, metrics = free_port(), free_port()
        ours = {
            "PORT": str(port),
            "DATABASE_URL": url,
            "RATE_LIMIT_PER_MINUTE": "1000000",
            "SHUTDOWN_DELAY_SECONDS": "0",
        }
        on = {
            **issuer.variables,
            "METRICS_PORT": str(metrics),
            "SENTRY_DSN": collector.replace("//", "//key@") + "/1",
            "OTEL_EXPORTER_OTLP_ENDPOINT": collector,
            "OTEL_TRACES_SAMPLER_ARG": "0.1",
        }
        token = authorization(issuer.token(WRITER))
        cases = {
            "bare FastAPI": Case([full.python, str(BARE), str(port), url], work, port, {}, {}),
            "the defaults, with PostgreSQL": Case(
                [plain.python, "-m", plain.package], plain.path, port, _example(plain) | ours, {}
            ),
            "everything on": Case(
                [full.python, "-m", full.package], full.path, port, _example(full) | ours | on, token
            ),
        }
        samples: dict[str, list[Sample]] = {name: [] for name in cases}
        for _ in range(runs):
            for name, case in cases.items():
                samples[name].append(_sample(case, user))
    return _table(samples)


def _project(template: Path, folder: Path, answers: Mapping[str, Any]) -> Project:
    """Copy the template and install the project's dependencies."""
    file = folder.with_suffix(".yml")
    file.write_text(yaml.safe_dump(dict(answers)), "utf-8")
    source = ["--vcs-ref", repositories.FIRST, str(template), str(folder)]
    run([sys.executable, "-m", "copier", "copy", "--quiet", "--defaults", "--data-file", str(file), *source])
    run([sys.executable, "-m", "uv", "sync", "--quiet"], folder)
    return Project(folder, dict(answers))


def _example(project: Project) -> dict[str, str]:
    """Return the variables of .env.example."""
    lines = project.text(".env.example").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def _database(cluster: Cluster, project: Project) -> str:
    """Make the database with the tables and one user of a project; returns the user's id."""
    cluster.create_database("service")
    variables = _example(project) | {"DATABASE_URL": cluster.url("service")}
    run([project.python, "-m", "alembic", "upgrade", "heads"], project.path, variables)
    user = str(uuid4())
    with cluster.connect("service") as connection:
        connection.execute(
            "INSERT INTO users (id, name, email, created_at) VALUES (%s, 'Ada', 'ada@example.com', now())", (user,)
        )
    return user


def _sample(case: Case, user: str) -> Sample:
    """Start a service, load each route, read its memory, end it."""
    inherited = {name: value for name, value in os.environ.items() if name not in VARIABLE_NAMES}
    begin = time.perf_counter()
    process = subprocess.Popen(
        case.command, cwd=case.folder, env=inherited | dict(case.variables), stdout=subprocess.DEVNULL
    )
    try:
        _wait_until_healthy(process, case.port)
        start_seconds = time.perf_counter() - begin
        paths = {route: route.format(id=user) for route in ROUTES}
        for path in paths.values():
            _load(case, path, seconds=1)
        loads = {route: _load(case, path, LOAD_SECONDS) for route, path in paths.items()}
        return Sample(
            start_seconds,
            _resident_mib(process.pid),
            {route: load[0] for route, load in loads.items()},
            {route: load[1] for route, load in loads.items()},
        )
    finally:
        process.terminate()
        process.wait(30)


def _wait_until_healthy(process: subprocess.Popen[bytes], port: int) -> None:
    for _ in range(3000):
        if process.poll() is not None:
            raise RuntimeError(f"the service ended with exit code {process.returncode}")
        try:
            httpx2.get(f"http://{LOOPBACK}:{port}/health", trust_env=False).raise_for_status()
        except httpx2.TransportError:
            time.sleep(0.01)
        else:
            return
    raise RuntimeError("the service does not answer")


def _load(case: Case, path: str, seconds: int) -> tuple[float, float]:
    """Send requests over kept connections; returns requests a second and the 99th percentile of latency in ms."""
    headers = [argument for name, value in case.headers.items() for argument in ("-H", f"{name}: {value}")]
    url = f"http://{LOOPBACK}:{case.port}{path}"
    command = ["wrk", "--threads", "1", "--connections", str(CONNECTIONS), "--duration", f"{seconds}s", "--latency"]
    told = subprocess.run([*command, *headers, url], capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in told or "Socket errors" in told:
        raise RuntimeError(f"{path} was not answered:\n{told}")
    rate = re.search(r"Requests/sec:\s+([\d.]+)", told)
    slowest = re.search(r"99%\s+([\d.]+)(us|ms|s)\b", told)
    if rate is None or slowest is None:
        raise RuntimeError(f"wrk said something else:\n{told}")
    return float(rate[1]), float(slowest[1]) * {"us": 0.001, "ms": 1, "s": 1000}[slowest[2]]


def _resident_mib(pid: int) -> float:
    """Return the resident memory of a process in MiB, from Linux's /proc."""
    kilobytes = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text("ascii"))
    return int(kilobytes[1]) / 1024 if kilobytes else float("nan")


def _table(samples: Mapping[str, Sequence[Sample]]) -> str:
    heads = [f"`GET {route}`, requests/s | p99, ms" for route in ROUTES]
    lines = [f"| | {' | '.join(heads)} | memory, MiB | start, s |", "| --- " * (2 * len(ROUTES) + 3) + "|"]
    base = next(iter(samples.values()))
    for name, rounds in samples.items():
        cells = [name]
        for route in ROUTES:
            rates = [sample.requests_per_second[route] for sample in rounds]
            ratio = statistics.median(a / b.requests_per_second[route] for a, b in zip(rates, base, strict=True))
            cells.append(f"{statistics.median(rates):.0f} ({ratio:.2f})")
            cells.append(f"{statistics.median(sample.p99_ms[route] for sample in rounds):.1f}")
        cells.append(f"{statistics.median(sample.memory_mib for sample in rounds):.0f}")
        cells.append(f"{statistics.median(sample.start_seconds for sample in rounds):.2f}")
        lines.append(f"| {' | '.join(cells)} |")
    return (
        f"{CONNECTIONS} connections, {LOAD_SECONDS} s a route and round; in brackets the ratio to a bare FastAPI.\n\n"
        + "\n".join(lines)
        + "\n"
    )
