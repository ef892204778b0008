"""The secrets managers on this machine that a project's tests talk to answer as the real ones do.

The project's own client reads from both, and must find the same, or fail with the same words.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.support import ports
from tests.support.projects import Projects
from tests.support.template import ROOT
from tests.support.tools import ToolMissingError, node_program, typescript_packages

STACKS = ["python-fastapi", "typescript-fastify"]


class Speaker:
    """A process that has the project's client, and its peer with the variables that lead there."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        about = self._answer()
        self.variables: dict[str, str] = about["variables"]
        self.faults: dict[str, dict[str, str]] = about["faults"]
        self.approle: dict[str, str] = about["approle"]

    def outcome(self, variables: Mapping[str, str], **peer: object) -> object:
        """What the client reads, or says, with these variables beside the peer's; `peer` changes its state first."""
        assert self._process.stdin is not None
        asked = {"variables": self.variables | dict(variables), "peer": peer}
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the project's client failed: see above"
        return json.loads(line)


@pytest.fixture(params=STACKS)
def stack(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@contextmanager
def speaker_of(projects: Projects, stack: str, manager: str, folder: Path) -> Iterator[Speaker]:
    """Start the speaker of a project of that stack, with that secrets manager."""
    project = projects.render({"stack": stack, "secrets_manager": manager}).copy_to(folder / "project")
    command = [sys.executable, "-m", "tests.secrets.speaker"]
    if stack == "typescript-fastify":
        try:
            packages = typescript_packages()
            command = [node_program(), str(ROOT / "tests/secrets/speaker.ts")]
        except ToolMissingError as error:
            pytest.skip(str(error))
        (project.path / "node_modules").symlink_to(packages, target_is_directory=True)
    with subprocess.Popen(
        [*command, str(project.path)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        yield Speaker(process)
        process.stdin.close()


@contextmanager
def started(command: list[str], url: str) -> Iterator[None]:
    """Run a server until the end of the block, from when it answers at `url`."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            for _ in range(300):
                assert process.poll() is None, f"{command[0]} ended with {process.returncode}"
                try:
                    httpx2.get(url)
                    break
                except httpx2.TransportError:
                    time.sleep(0.1)
            yield
        finally:
            process.terminate()


def prepare_vault(speaker: Speaker, url: str, secret: object) -> None:
    """Give a fresh Vault the secret, token and AppRole of the peer."""
    with httpx2.Client(base_url=f"{url}/v1/", headers={"x-vault-token": "root"}) as vault:

        def put(path: str, **content: Any) -> None:
            vault.post(path, json=content).raise_for_status()

        put("secret/data/app", data=secret)
        put("sys/policies/acl/app", policy='path "secret/data/*" { capabilities = ["read"] }')
        put("auth/token/create", id=speaker.variables["VAULT_TOKEN"], policies=["app"])
        put("sys/auth/approle", type="approle")
        put("auth/approle/role/app", token_policies=["app"])
        put("auth/approle/role/app/role-id", role_id=speaker.approle["VAULT_ROLE_ID"])
        put("auth/approle/role/app/custom-secret-id", secret_id=speaker.approle["VAULT_SECRET_ID"])


@pytest.mark.skipif(shutil.which("vault") is None, reason="no program `vault` on the path: install HashiCorp Vault")
def test_the_peer_answers_as_vault_does(projects: Projects, stack: str, tmp_path: Path) -> None:
    secret = {"DATABASE_URL": "v4lue"}
    address = f"127.0.0.1:{ports.free_port()}"
    real = {"VAULT_ADDR": f"http://{address}"}
    command = [shutil.which("vault") or "", "server", "-dev", "-dev-no-store-token"]
    with (
        speaker_of(projects, stack, "vault", tmp_path) as speaker,
        started(
            [*command, f"-dev-listen-address={address}", "-dev-root-token-id=root"],
            f"{real['VAULT_ADDR']}/v1/sys/health",
        ),
    ):
        prepare_vault(speaker, real["VAULT_ADDR"], secret)
        cases = speaker.faults | {
            "good": {},
            "AppRole": speaker.approle | {"VAULT_TOKEN": ""},
            "no data/": {"VAULT_SECRET_PATH": "secret/app"},
        }
        for name, variables in cases.items():
            expected = speaker.outcome(variables, secret=secret)
            assert speaker.outcome(real | variables) == expected, name
        assert speaker.outcome({}) == secret

        httpx2.put(f"{real['VAULT_ADDR']}/v1/sys/seal", headers={"x-vault-token": "root"}).raise_for_status()
        expected = speaker.outcome({}, sealed=True)
        assert speaker.outcome(real) == expected
        assert "sealed" in str(expected)


def test_the_peer_answers_as_aws_does(
    projects: Projects, stack: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    boto3 = pytest.importorskip("boto3", reason="install boto3 and moto[secretsmanager,server]")
    server = pytest.importorskip("moto.server", reason="install boto3 and moto[secretsmanager,server]")
    moto = server.ThreadedMotoServer("127.0.0.1", ports.free_port(), verbose=False)
    moto.start()
    try:
        with speaker_of(projects, stack, "aws", tmp_path) as speaker:
            for name, value in speaker.variables.items():
                monkeypatch.setenv(name, value)
            real = {"AWS_ENDPOINT_URL_SECRETS_MANAGER": "http://{}:{}".format(*moto.get_host_and_port())}
            # What it keeps, it keeps for the whole process.
            httpx2.post(f"{real['AWS_ENDPOINT_URL_SECRETS_MANAGER']}/moto-api/reset").raise_for_status()
            store = boto3.client(
                "secretsmanager", region_name="eu-central-1", endpoint_url=real["AWS_ENDPOINT_URL_SECRETS_MANAGER"]
            )
            secret = {"DATABASE_URL": "v4lue"}
            store.create_secret(Name=speaker.variables["AWS_SECRET_ID"], SecretString=json.dumps(secret))
            for name, variables in (speaker.faults | {"good": {}}).items():
                expected = speaker.outcome(variables, secret=secret)
                assert speaker.outcome(real | variables) == expected, name
            assert speaker.outcome({}) == secret

            for other in ("text", ["text"]):
                text = other if isinstance(other, str) else json.dumps(other)
                store.put_secret_value(SecretId=speaker.variables["AWS_SECRET_ID"], SecretString=text)
                expected = speaker.outcome({}, secret=other)
                assert speaker.outcome(real) == expected
    finally:
        moto.stop()
