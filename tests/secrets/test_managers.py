"""The secrets managers on this machine that a project's tests talk to answer as the real ones do.

The project's own client reads from both, and must find the same, or fail with the same words.
"""

from __future__ import annotations

import importlib
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import httpx2
import pytest

from tests.support import ports
from tests.support.projects import Project, Projects


@pytest.fixture
def peer_and_client(projects: Projects, request: pytest.FixtureRequest) -> Iterator[tuple[ModuleType, ModuleType]]:
    """The modules secrets_peer and secrets_manager of a project with the manager that the test names."""
    project: Project = projects.render({"secrets_manager": request.param})
    package = next(path.parent.name for path in (project.path / "src").glob("*/__main__.py"))
    # Packages without their __init__, so that nothing is imported but what the two modules need.
    for name, folder in {"rendered": "tests", "client": f"src/{package}/platform"}.items():
        made = ModuleType(name)
        made.__path__ = [str(project.path / folder)]
        sys.modules[name] = made
    sys.modules["rendered.support"] = ports
    yield importlib.import_module("rendered.secrets_peer"), importlib.import_module("client.secrets_manager")
    for name in [name for name in sys.modules if name.split(".")[0] in {"rendered", "client"}]:
        del sys.modules[name]


def outcome(client: ModuleType, variables: Mapping[str, str]) -> object:
    """What the project's client reads with these variables, or what it says."""
    try:
        return client.fetch({name: value for name, value in variables.items() if value})
    except Exception as error:
        if type(error).__name__ != "SecretStoreError":
            raise
        return str(error)


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


def prepare_vault(peer: ModuleType, url: str, secret: object) -> None:
    """Give a fresh Vault the secret, token and AppRole of the peer."""
    with httpx2.Client(base_url=f"{url}/v1/", headers={"x-vault-token": "root"}) as vault:

        def put(path: str, **content: Any) -> None:
            vault.post(path, json=content).raise_for_status()

        put("secret/data/app", data=secret)
        put("sys/policies/acl/app", policy='path "secret/data/*" { capabilities = ["read"] }')
        put("auth/token/create", id=peer.TOKEN, policies=["app"])
        put("sys/auth/approle", type="approle")
        put("auth/approle/role/app", token_policies=["app"])
        put("auth/approle/role/app/role-id", role_id=peer.ROLE["role_id"])
        put("auth/approle/role/app/custom-secret-id", secret_id=peer.ROLE["secret_id"])


@pytest.mark.skipif(shutil.which("vault") is None, reason="no program `vault` on the path: install HashiCorp Vault")
@pytest.mark.parametrize("peer_and_client", ["vault"], indirect=True)
def test_the_peer_answers_as_vault_does(
    peer_and_client: tuple[ModuleType, ModuleType], monkeypatch: pytest.MonkeyPatch
) -> None:
    peer, client = peer_and_client
    monkeypatch.setattr(client, "PAUSE_SECONDS", 0)
    secret = {"DATABASE_URL": "v4lue"}
    address = f"127.0.0.1:{ports.free_port()}"
    url = f"http://{address}"
    command = [shutil.which("vault") or "", "server", "-dev", "-dev-no-store-token"]
    with (
        peer.SecretsPeer(secret) as imitation,
        started([*command, f"-dev-listen-address={address}", "-dev-root-token-id=root"], f"{url}/v1/sys/health"),
    ):
        prepare_vault(peer, url, secret)
        cases = {name: fault.variables for name, fault in peer.FAULTS.items() if not fault.peer}
        cases |= {
            "good": {},
            "AppRole": peer.APPROLE | {"VAULT_TOKEN": ""},
            "no data/": {"VAULT_SECRET_PATH": "secret/app"},
        }
        for name, variables in cases.items():
            expected = outcome(client, imitation.variables | variables)
            assert outcome(client, imitation.variables | {"VAULT_ADDR": url} | variables) == expected, name
        assert outcome(client, imitation.variables) == secret

        httpx2.put(f"{url}/v1/sys/seal", headers={"x-vault-token": "root"}).raise_for_status()
        imitation.sealed = True
        expected = outcome(client, imitation.variables)
        assert outcome(client, imitation.variables | {"VAULT_ADDR": url}) == expected
        assert "sealed" in str(expected)


@pytest.mark.parametrize("peer_and_client", ["aws"], indirect=True)
def test_the_peer_answers_as_aws_does(
    peer_and_client: tuple[ModuleType, ModuleType], monkeypatch: pytest.MonkeyPatch
) -> None:
    boto3 = pytest.importorskip("boto3", reason="install boto3 and moto[secretsmanager,server]")
    server = pytest.importorskip("moto.server", reason="install boto3 and moto[secretsmanager,server]")
    peer, client = peer_and_client
    moto = server.ThreadedMotoServer("127.0.0.1", ports.free_port(), verbose=False)
    moto.start()
    try:
        with peer.SecretsPeer({"DATABASE_URL": "v4lue"}) as imitation:
            for name, value in imitation.variables.items():
                monkeypatch.setenv(name, value)
            address = "AWS_ENDPOINT_URL_SECRETS_MANAGER"
            real = {address: "http://{}:{}".format(*moto.get_host_and_port())}
            store = boto3.client("secretsmanager", region_name="eu-central-1", endpoint_url=real[address])
            store.create_secret(Name=peer.SECRET_ID, SecretString=json.dumps(imitation.secret))
            cases = {name: fault.variables for name, fault in peer.FAULTS.items() if not fault.peer} | {"good": {}}
            for name, variables in cases.items():
                expected = outcome(client, imitation.variables | variables)
                assert outcome(client, imitation.variables | real | variables) == expected, name
            assert outcome(client, imitation.variables) == imitation.secret

            for imitation.secret in ("text", ["text"]):
                text = imitation.secret if isinstance(imitation.secret, str) else json.dumps(imitation.secret)
                store.put_secret_value(SecretId=peer.SECRET_ID, SecretString=text)
                assert outcome(client, imitation.variables | real) == outcome(client, imitation.variables)
    finally:
        moto.stop()
