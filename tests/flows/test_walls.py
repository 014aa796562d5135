"""Two companies in one store, Amazon on loopback: what a vendor may claim of sellers, and what that touches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlmodel import select

from core import apps, stores
from core.actor import LOCAL_ADMIN, Actor
from core.channels import consent, registry, removal
from core.channels.proof import SellerNotProven
from core.channels.verification import verify
from core.channels.views import list_channels
from core.errors import AuthorizationError, CrossdockError, RemoteError, RightsError, UsageError
from core.flows import runner
from core.model.account import SellerAccount
from core.model.operator import Operator
from core.orders import actions as orders
from core.people import operators
from core.people.login import actor_of
from core.settings import Settings
from core.workspace import Workspace
from sandbox.amazon.applications import ORDERS_ROLE, PII_ROLE, ROLES
from sandbox.faults import Rule
from sandbox.sandbox import Sandbox
from tests.whole_rows import Rows, touched, whole_rows


class Companies:
    """Company 1 with channel `de` of the first seller; wanda, vendor of company 2, with a seller of her own."""

    def __init__(self, sandbox: Sandbox, workspace: Workspace) -> None:
        self.sandbox, self.workspace, self.database = sandbox, workspace, workspace.database
        self.documents = sandbox.credentials()
        stores.add(workspace, LOCAL_ADMIN, self.documents["store"])
        apps.add(workspace, LOCAL_ADMIN, self.documents["app"])
        operators.add(workspace, LOCAL_ADMIN, "alice", role="admin")
        operators.add(workspace, LOCAL_ADMIN, "wanda", role="vendor", store="demo", company_id=2)
        with self.database.read() as session:
            self.wanda = actor_of(session.get_one(Operator, 2))
        self.theirs, self.hers = (one.seller_id for one in sandbox.amazon.accounts[:2])

    def connect_company_1(self) -> None:
        """A public channel, proven, with orders in the mirror."""
        registry.add(self.workspace, LOCAL_ADMIN, self.public("de"))
        consent.finish(self.workspace, LOCAL_ADMIN, "de", self.consented(LOCAL_ADMIN, "de", self.theirs))
        asked = orders.import_orders(self.workspace, LOCAL_ADMIN, "de", plan_only=True, direct=True)
        runner.run_here(self.workspace, asked.job_id)

    def public(self, name: str, company_id: int = 1, **changes: Any) -> dict[str, Any]:
        """A channel of the public app."""
        return self.documents["public_channel"] | {"name": name, "company_id": company_id} | changes

    def private(self, name: str, company_id: int = 2, seller: int = 1, **changes: Any) -> dict[str, Any]:
        """A channel of a seller's private app; the second seller is wanda's."""
        return self.documents["channels"][seller] | {"name": name, "company_id": company_id} | changes

    def consented(self, actor: Actor, name: str, seller: str) -> str:
        """The address that comes back after a seller's consent."""
        begun = consent.begin(self.workspace, actor, name)
        asked = {"auto": "1", "seller": seller}
        return requests.get(begun.consent_url, params=asked, allow_redirects=False, timeout=10).headers["Location"]

    def forged(self, name: str) -> str:
        """Her own consent, said to be one by company 1's seller."""
        return self.consented(self.wanda, name, self.hers).replace(self.hers, self.theirs)

    def her_public_channel(self, country: str = "FR") -> str:
        """A channel of hers that waits for its seller."""
        return registry.add(self.workspace, self.wanda, self.public("mine", 2, country=country)).name

    def fault(self, operation: str, kind: str) -> None:
        """Let calls go wrong for good."""
        self.sandbox.faults.add(Rule("amazon", operation, kind, times=-1))

    def rows(self) -> Rows:
        """Every row but those that grow with whatever is tried."""
        return whole_rows(self.database, but=("audit", "authorization_request"))

    @contextmanager
    def untouched(self, *mine: str) -> Iterator[None]:
        """What is there now is the same afterwards, but for her channels `mine` and their accounts."""
        before = self.rows()
        yield
        with self.database.read() as session:
            channels = [registry.get(self.workspace, self.wanda, name) for name in mine]
            accounts = {("seller_account", (one.account_id,)) for one in channels}
            gone = {key for key in before if key[0] == "seller_account"} - {
                ("seller_account", (account,)) for account in session.exec(select(SellerAccount.id)).all()
            }
        own = {("channel", (one.id,)) for one in channels} | accounts | (gone if mine else set())
        her_buckets = {key for key in before if key[0].startswith("quota") and "operator wanda" in str(key)}
        assert touched(before, self.rows()) <= own | her_buckets


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(orders=6, other_orders=0, products=10, sellers=3, quota_scale=0) as served:
        yield served


@pytest.fixture
def it(home: Path, sandbox: Sandbox) -> Iterator[Companies]:
    remotes = {
        "spapi_url": sandbox.amazon_url,
        "lwa_url": sandbox.lwa_url,
        "seller_central_url": sandbox.seller_central_url,
    }
    workspace = Workspace(Settings(home=home, test_clock="0,20", **remotes))
    try:
        yield Companies(sandbox, workspace)
    finally:
        workspace.close()
        sandbox.faults.clear()
        sandbox.set_application("public", {"roles": ROLES})


def test_a_forged_way_back_from_the_consent_reaches_no_account(it: Companies) -> None:
    it.connect_company_1()
    name = it.her_public_channel()
    callback = it.forged(name)
    with it.untouched(), pytest.raises(SellerNotProven) as caught:
        consent.finish(it.workspace, it.wanda, name, callback)
    assert it.theirs in caught.value.what
    assert "Merchant Token" in caught.value.next_step and "Product Listing" in caught.value.next_step
    assert f"channel authorize {name}" in caught.value.next_step
    view = registry.show(it.workspace, it.wanda, name)
    assert (view.seller_id, view.refresh_token, view.state) == ("", "not set", "needs_authorization")


@pytest.mark.parametrize("kind", ["html_503", "429", "drop", "malformed", "expired_token"])
def test_while_amazon_cannot_be_asked_a_forged_consent_keeps_to_itself(it: Companies, kind: str) -> None:
    it.connect_company_1()
    name = it.her_public_channel()
    it.fault("searchListingsItems", kind)
    with it.untouched(name):
        view = consent.finish(it.workspace, it.wanda, name, it.forged(name))
    assert (view.seller_id, view.seller_proven, view.refresh_token) == (it.theirs, False, "set")
    with it.database.read() as session:
        accounts = session.exec(select(SellerAccount).order_by(SellerAccount.id)).all()
    assert [account.proven_at is not None for account in accounts] == [True, False]
    it.sandbox.faults.clear()
    checks = {check.name: check for check in verify(it.workspace, it.wanda, name)[0]}
    assert not checks["seller"].ok and "does not confirm" in checks["seller"].message


def test_a_consent_that_amazon_could_not_confirm_is_proven_by_verifying(it: Companies) -> None:
    name = it.her_public_channel()
    it.fault("searchListingsItems", "html_503")
    callback = it.consented(it.wanda, name, it.hers)
    assert not consent.finish(it.workspace, it.wanda, name, callback).seller_proven
    it.sandbox.faults.clear()
    checks = {check.name: check for check in verify(it.workspace, it.wanda, name)[0]}
    assert checks["seller"].ok and registry.show(it.workspace, it.wanda, name).seller_proven
    # What is proven takes no token that is not.
    it.fault("searchListingsItems", "html_503")
    before = it.rows()
    with pytest.raises(RemoteError, match="Nothing was changed") as caught:
        consent.finish(it.workspace, it.wanda, name, it.consented(it.wanda, name, it.hers))
    assert f"channel authorize {name}" in caught.value.next_step
    assert not [key for key in touched(before, it.rows()) if not key[0].startswith("quota")]


def test_without_the_role_for_listings_nobody_is_proven_and_the_way_out_is_told(it: Companies) -> None:
    name = it.her_public_channel()
    it.sandbox.set_application("public", {"roles": [ORDERS_ROLE, PII_ROLE]})
    with pytest.raises(SellerNotProven) as caught:
        consent.finish(it.workspace, it.wanda, name, it.consented(it.wanda, name, it.hers))
    assert "Product Listing: add it in the Developer Console" in caught.value.next_step
    assert registry.show(it.workspace, it.wanda, name).seller_id == ""


Attempt = Callable[[Companies], Any]


def _typed_seller(it: Companies) -> None:
    registry.add(it.workspace, it.wanda, it.private("mine", seller_id=it.theirs))


def _unverified(it: Companies) -> None:
    registry.add(it.workspace, it.wanda, it.private("mine", seller_id=it.theirs), verify=False)


def _true_seller_of_another(it: Companies) -> None:
    name = it.her_public_channel()
    consent.finish(it.workspace, it.wanda, name, it.consented(it.wanda, name, it.theirs))


def _their_private_app(it: Companies) -> None:
    registry.add(it.workspace, LOCAL_ADMIN, it.private("it", 1, 0, country="IT"))
    before = it.rows()
    try:
        registry.add(it.workspace, it.wanda, it.private("mine", 2, 0, country="FR"))
    finally:
        assert not {key for key in touched(before, it.rows()) if "operator wanda" not in str(key)}


def _public_app_as_private(it: Companies) -> None:
    public = {key: it.documents["app"][key] for key in ("client_id", "client_secret")}
    application, account = it.sandbox.amazon.access.application("public"), it.sandbox.amazon.accounts[1]
    token = it.sandbox.amazon.access.authorize(application, account)
    registry.add(it.workspace, it.wanda, it.private("mine", refresh_token=token, **public))


def _copy_of_a_shared_account(it: Companies) -> None:
    shared = {"name": "shared", "seller_of": "de", "store": "demo", "company_id": 2, "country": "IT"}
    name = registry.add(it.workspace, LOCAL_ADMIN, shared).name
    registry.copy(it.workspace, it.wanda, name, "mine", "ES")


def _consent_for_a_shared_account(it: Companies) -> None:
    shared = {"name": "shared", "seller_of": "de", "store": "demo", "company_id": 2, "country": "IT"}
    registry.add(it.workspace, LOCAL_ADMIN, shared)
    consent.finish(it.workspace, it.wanda, "shared", it.consented(it.wanda, "shared", it.hers))


def _same_country(it: Companies) -> None:
    name = it.her_public_channel("DE")
    consent.finish(it.workspace, it.wanda, name, it.consented(it.wanda, name, it.theirs))


ATTEMPTS: list[tuple[Attempt, type[CrossdockError]]] = [
    (_typed_seller, SellerNotProven),
    (_unverified, RightsError),
    (_true_seller_of_another, RightsError),
    (_their_private_app, RightsError),
    (_public_app_as_private, RightsError),
    (_copy_of_a_shared_account, RightsError),
    (_consent_for_a_shared_account, RightsError),
    (_same_country, RightsError),
]


@pytest.mark.parametrize(("attempt", "refusal"), ATTEMPTS, ids=[one.__name__.strip("_") for one, _ in ATTEMPTS])
def test_no_way_leads_into_another_companys_account(
    it: Companies, attempt: Attempt, refusal: type[CrossdockError]
) -> None:
    it.connect_company_1()
    with it.untouched(), pytest.raises(refusal):
        attempt(it)
    assert "mine" not in {view.name for view in list_channels(it.workspace, LOCAL_ADMIN)}


def test_a_seller_typed_by_anybody_is_proven(it: Companies) -> None:
    with pytest.raises(SellerNotProven) as caught:
        registry.add(it.workspace, LOCAL_ADMIN, it.private("de", 1, 0, seller_id=it.hers))
    assert list(caught.value.fields) == ["seller_id"]
    assert list_channels(it.workspace, LOCAL_ADMIN) == []
    assert registry.add(it.workspace, LOCAL_ADMIN, it.private("de", 1, 0)).seller_proven
    claimed = it.private("other", 1, 2, seller_id=it.hers)
    assert not registry.add(it.workspace, LOCAL_ADMIN, claimed, verify=False).seller_proven


def test_a_new_token_is_proven_to_be_the_same_sellers(it: Companies) -> None:
    name = registry.add(it.workspace, it.wanda, it.private("mine")).name
    private = it.sandbox.amazon.private_application(it.sandbox.amazon.accounts[1])
    foreign = it.sandbox.amazon.access.authorize(private, it.sandbox.amazon.accounts[2])
    before = it.rows()
    with pytest.raises(SellerNotProven) as caught:
        registry.edit(it.workspace, it.wanda, {"name": name, "refresh_token": foreign})
    assert list(caught.value.fields) == ["refresh_token"]
    it.fault("searchListingsItems", "error_500")
    own = it.sandbox.amazon.access.authorize(private, it.sandbox.amazon.accounts[1])
    with pytest.raises(RemoteError):
        registry.edit(it.workspace, it.wanda, {"name": name, "refresh_token": own})
    assert not [key for key in touched(before, it.rows()) if not key[0].startswith("quota")]


def test_a_claim_keeps_no_rival_out_and_is_told_when_it_loses(it: Companies) -> None:
    squatting = it.private("squatter", 1, 0, seller_id=it.hers)
    registry.add(it.workspace, LOCAL_ADMIN, squatting, verify=False)
    mine = registry.add(it.workspace, it.wanda, it.private("mine"))
    assert (mine.state, mine.seller_proven, mine.country) == ("ok", True, "DE")
    loser = registry.show(it.workspace, LOCAL_ADMIN, "squatter")
    assert loser.state == "needs_authorization" and "has proven" in loser.state_reason
    with pytest.raises(AuthorizationError, match="has proven"):
        orders.import_orders(it.workspace, LOCAL_ADMIN, "squatter", direct=True)
    # Verifying is no way back for what is not true.
    verify(it.workspace, LOCAL_ADMIN, "squatter")
    assert registry.show(it.workspace, LOCAL_ADMIN, "squatter").state == "needs_authorization"


def test_no_claim_comes_by_the_token_of_the_true_seller(it: Companies) -> None:
    """An administrator connects a seller whom a vendor's channel has claimed with the same app."""
    name = it.her_public_channel()
    it.fault("searchListingsItems", "html_503")
    consent.finish(it.workspace, it.wanda, name, it.forged(name))
    it.sandbox.faults.clear()
    with it.untouched():
        it.connect_company_1()
    accounts = {view.name: view.seller_proven for view in list_channels(it.workspace, LOCAL_ADMIN)}
    assert accounts == {"de": True, name: False}


def answer(it: Companies, document: dict[str, Any]) -> str:
    """What wanda is told when she adds a channel, without the names that she gave herself."""
    try:
        view = registry.add(it.workspace, it.wanda, document)
    except CrossdockError as error:
        return f"{type(error).__name__} {error}".replace(f"{document['name']}@", "NAME@")
    removal.remove(it.workspace, it.wanda, view.name)
    return f"{view.name} {view.state}".replace(f"{document['name']}@", "NAME@")


def test_what_others_have_is_answered_like_what_nobody_has(it: Companies) -> None:
    it.connect_company_1()
    assert answer(it, it.public("de", 2)) == answer(it, it.public("nobodys", 2)) == "NAME@2.demo needs_authorization"
    claims = {answer(it, it.private("mine", seller_id=one)).replace(one, "X") for one in (it.theirs, "A1NOBODYATALL")}
    assert len(claims) == 1
    guesses = [it.private("mine", client_id=one, client_secret="amzn1.oa2-cs.v1.no") for one in _client_ids(it)]
    assert len({answer(it, guess) for guess in guesses}) == 1
    assert len({answer(it, it.public("mine", 2) | {"seller_of": one}) for one in ("de", "nobodys")}) == 1


def _client_ids(it: Companies) -> tuple[str, str]:
    return it.documents["app"]["client_id"], "amzn1.application-oa2-client.00000000000000000000000000000000"


def test_a_vendor_finds_their_channel_by_the_name_that_was_given(it: Companies) -> None:
    view = registry.add(it.workspace, it.wanda, it.private("mine"))
    assert view.name == "mine@2.demo"
    assert registry.show(it.workspace, it.wanda, "mine") == registry.show(it.workspace, it.wanda, view.name)
    with pytest.raises(UsageError, match="There is a channel of this name"):
        registry.add(it.workspace, it.wanda, it.private("mine", country="FR"))
    with pytest.raises(UsageError):
        registry.add(it.workspace, LOCAL_ADMIN, it.private("mine@2.demo", 1, country="FR"))
