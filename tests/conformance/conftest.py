"""How the suite finds its target, skips what the target doesn't have, and starts processes."""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from tests.support.postgres import Cluster, PostgresMissingError

from .database import Backend, PostgresBackend, SqliteBackend
from .fleet import Fleet
from .issuer import Issuer
from .replies import Replies
from .service import Service
from .target import DescriptorError, Target, load_target

HERE = Path(__file__).parent
REFERENCE = HERE / "targets" / "reference.toml"
TARGET = pytest.StashKey[Target]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --target."""
    parser.addoption(
        "--target",
        type=Path,
        metavar="FILE",
        help="descriptor of the service that tests/conformance holds to the contract (default: the suite's own"
        " reference service, with the proof that the suite notices each promise that is broken)",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Read the descriptor, and declare the marker that tests use to say what they need of it."""
    config.addinivalue_line(
        "markers", "needs(sample, auth, database, metrics, signal): what the target must have; else it is skipped"
    )
    try:
        config.stash[TARGET] = load_target(config.getoption("--target", default=None) or REFERENCE)
    except DescriptorError as error:
        raise pytest.UsageError(*str(error).splitlines()) from error


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave the suite's proof of itself out of a run that is about another target."""
    if collection_path == HERE / "mutants" and config.getoption("--target", default=None) is not None:
        return True
    return None


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test whose needs the target doesn't meet, and say which."""
    target = item.config.stash[TARGET]
    for marker in item.iter_markers("needs"):
        needs = marker.kwargs
        if needs.get("sample") and not target.sample:
            pytest.skip(f"{target.name} has no sample slice")
        if "auth" in needs and target.auth not in needs["auth"]:
            pytest.skip(f"{target.name} has auth {target.auth!r}; this is about {needs['auth']}")
        if needs.get("metrics") and not target.metrics:
            pytest.skip(f"{target.name} has no metrics")
        if "database" in needs and target.database not in needs["database"]:
            pytest.skip(f"{target.name} has database {target.database!r}; this is about {needs['database']}")
        if "signal" in needs and sys.platform == "win32":
            pytest.skip("Windows has no signals that a process can be sent from outside")
        if "signal" in needs and needs["signal"] not in target.signals:
            pytest.skip(f"{target.name} doesn't list {needs['signal']} among its signals")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show with a failure what the processes of the test wrote last."""
    report = yield
    if report.failed and isinstance(item, pytest.Function):
        for name, value in item.funcargs.items():
            if isinstance(value, Service):
                report.sections.append((f"last output of {name}", value.last_output()))
    return report


@pytest.fixture(scope="session")
def target(pytestconfig: pytest.Config) -> Target:
    """The descriptor of this run."""
    return pytestconfig.stash[TARGET]


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A running PostgreSQL server that the tests own; a test that stops it starts it again."""
    try:
        with Cluster.create() as cluster:
            yield cluster
    except PostgresMissingError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def backend(target: Target, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Backend | None:
    """Where the target's databases come from; None if it has none."""
    if target.database == "none":
        return None
    if target.database == "sqlite":
        return SqliteBackend(target, tmp_path_factory.mktemp("databases"))
    return PostgresBackend(target, request.getfixturevalue("cluster"))


@pytest.fixture(scope="session")
def issuer(target: Target, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Issuer | None]:
    """The issuer whose tokens the target takes; None if it takes none."""
    if target.auth == "none":
        yield None
        return
    with Issuer(target.auth, tmp_path_factory.mktemp("issuer")) as issuer:
        yield issuer


@pytest.fixture(scope="session")
def fleet(target: Target, backend: Backend | None, issuer: Issuer | None) -> Iterator[Fleet]:
    """The processes that tests share, ended with the run."""
    with Fleet(target, backend, issuer) as fleet:
        yield fleet


@pytest.fixture
def service(fleet: Fleet) -> Service:
    """The process with the suite's plain configuration, shared."""
    return fleet.shared()


@pytest.fixture(scope="session")
def replies(fleet: Fleet) -> Replies:
    """An answer of every kind that the target gives."""
    return Replies(fleet)
