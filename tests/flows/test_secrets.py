"""Twelve secrets and everybody's personal data are planted; whatever leaves the vault is searched for them."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any, NoReturn

import pytest

from core import keys, stores, vault
from core.actor import LOCAL_ADMIN
from core.amazon.transport import AmazonClient
from core.channels import registry
from core.settings import Settings
from sandbox.faults import Rule
from sandbox.sandbox import Sandbox
from tests.flows.kit import shop
from tests.flows.line import Line

AWS_KEY, AWS_SECRET = "AKIAPLANTED012345678", "planted/aws+secret/key0123456789abcdefgh"
PUBLIC_SECRETS = ["amzn1.oa2-cs.v1.planted-public-old", "amzn1.oa2-cs.v1.planted-public-new"]
PASSWORDS = ["planted correct horse", "planted battery staple"]
WRONG_PASSWORD = "planted typo in a password"
WRONG_KEY = "planted-wrong-key-of-the-store"
PUBLIC_APP = {
    "name": "ours",
    "mode": "public",
    "app_id": "amzn1.sp.solution.00000000-0000-4000-8000-000000000000",
    "client_id": "amzn1.application-oa2-client.planted",
    "client_secret": PUBLIC_SECRETS[0],
    "redirect_url": "https://planted.example/back",
}


class Told:
    """The command line, with everything it has said."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.said = ""

    def run(self, *words: str, document: Any = None, code: int = 0) -> str:
        """Run a command; returns what it printed."""
        done = self.line.run(*words, document=document)
        assert done.exit_code == code, (words, done.exit_code, done.stdout, done.stderr)
        self.said += done.stdout + done.stderr
        return done.stdout


def people_of(sandbox: Sandbox) -> list[str]:
    """Names, streets, telephone numbers and addresses of everybody who bought something."""
    found = []
    for order in sandbox.world.orders:
        address = order.document.get("recipient", {}).get("deliveryAddress", {})
        found += [address[name] for name in ("name", "addressLine1", "phone") if len(address.get(name, "")) > 8]
        found += [mail] if (mail := order.document.get("buyer", {}).get("buyerEmail")) else []
    return found


def fill(told: Told, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Enter every kind of secret by its command; returns the twelve."""
    store, channel = told.line.documents["store"], told.line.documents["channel"]
    aws = {"aws_access_key": AWS_KEY, "aws_secret_key": AWS_SECRET}
    source = ("--from", "-")
    told.run("store", "add", *source, document=store)
    told.run("channel", "add", *source, document=channel)
    told.run("channel", "edit", *source, document={"name": channel["name"], "notifications": aws})
    told.run("app", "add", *source, "--no-verify", document=PUBLIC_APP)
    told.run("app", "edit", *source, "--no-verify", document={"name": "ours", "client_secret": PUBLIC_SECRETS[1]})
    told.run("operator", "add", "alice", "--role", "admin", "--password-stdin", document=f"{PASSWORDS[0]}\n")
    token = told.run("operator", "token", "alice").strip()
    told.said = ""  # that one was shown on purpose
    with monkeypatch.context() as acting:
        acting.setenv("CROSSDOCK_OPERATOR", "alice")
        acting.setenv("CROSSDOCK_TOKEN", token)
        for old, code in ((WRONG_PASSWORD, 3), (PASSWORDS[0], 0)):
            told.run("operator", "passwd", "alice", "--password-stdin", document=f"{old}\n{PASSWORDS[1]}\n", code=code)
    secrets = [store["api_key"], channel["client_secret"], channel["refresh_token"], AWS_KEY, AWS_SECRET, token]
    return [*secrets, *PUBLIC_SECRETS, *PASSWORDS, WRONG_PASSWORD, WRONG_KEY]


def boom(client: AmazonClient, *rest: object, **more: object) -> NoReturn:
    """A fault of the program, with the credentials at hand and in its words."""
    credentials = client._account.credentials
    raise RuntimeError(f"odd answer for {credentials.refresh_token}, {credentials.client_secret}")


def test_nothing_leaves_the_vault(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Database, logs, what commands say, what a crash says, doctor, backup."""
    with Sandbox(orders=40, other_orders=5, products=40) as sandbox:
        told = Told(Line(sandbox, monkeypatch))
        monkeypatch.setenv("CROSSDOCK_LOG_LEVEL", "debug")
        secrets = fill(told, monkeypatch)
        name = told.line.documents["store"]["name"]
        of_de = ("--channel", told.line.documents["channel"]["name"])
        sandbox.faults.add(Rule("store", "orders.create", "error_500", times=2))
        told.run("orders", "import", *of_de, "--direct", code=1)
        told.run("orders", "list", *of_de)
        told.run("store", "edit", "--from", "-", document={"name": name, "api_key": WRONG_KEY}, code=3)
        told.run("problems", "list", "--json")
        told.run("doctor")
        told.run("doctor", "--online", "--json")
        told.run("audit", "list", "--json")
        told.run("backup", str(tmp_path / "saved"))
        with monkeypatch.context() as broken:
            broken.setattr(AmazonClient, "call", boom)
            told.run("orders", "import", *of_de, "--direct", code=1)
        people = people_of(sandbox)
    with zipfile.ZipFile(tmp_path / "saved") as archive:
        saved = b"".join(archive.read(member) for member in archive.namelist())
    stored = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file() and path.name != "key")
    assert len(set(secrets)) == 12
    assert len(people) > 50
    assert b"to Amazon." in stored
    assert "a fault of the program" in told.said.lower()
    key = (home / "key").read_text().strip()
    for where in (stored, saved, told.said.encode()):
        assert [text for text in [*secrets, *people, key] if text.encode() in where] == []


def test_a_lost_key_costs_the_credentials_and_doubles_nothing(home: Path) -> None:
    """Everything is entered again, orders are read again, and none is made twice."""
    with shop(home, orders=30) as it:
        first = it.import_orders()
        it.check_everything(first)
        (home / "key").unlink()
        vault.close_vault()
        assert len(keys.replace_lost(Settings(home=home), it.workspace.database, LOCAL_ADMIN)) == 3
        refused = it.import_orders()
        assert refused.exit_code == 3
        assert "cannot be read with the present key" in refused.message
        documents = it.sandbox.credentials()
        stores.edit(it.workspace, LOCAL_ADMIN, {key: documents["store"][key] for key in ("name", "api_key")})
        secrets = ("name", "client_secret", "refresh_token")
        registry.edit(it.workspace, LOCAL_ADMIN, {key: documents["channel"][key] for key in secrets})
        job = it.import_orders()
        assert job.counts["created"] == 0
        assert it.problems(job) == it.audit().expected_held
        assert it.audit().ok, it.audit().as_dict()
