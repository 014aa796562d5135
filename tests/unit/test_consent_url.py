"""The address of the consent page, and the one that comes back."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from core.amazon.consent import Callback, ConsentDenied, consent_url, read_callback
from core.amazon.marketplaces import MARKETPLACES
from core.errors import UsageError

REDIRECT = "https://shop.example/amazon"
BACK = f"{REDIRECT}?state=s1&selling_partner_id=A3SELLER&spapi_oauth_code=ANXplanted"


def test_only_what_is_given_is_asked_for() -> None:
    base = "https://sellercentral-europe.amazon.com"
    plain = consent_url(base, "amzn1.sp.solution.x", "s&1", redirect_url="", draft=False)
    assert plain == f"{base}/apps/authorize/consent?application_id=amzn1.sp.solution.x&state=s%261"
    full = urlsplit(consent_url(base, "amzn1.sp.solution.x", "s1", redirect_url=REDIRECT, draft=True))
    assert parse_qs(full.query) == {
        "application_id": ["amzn1.sp.solution.x"],
        "state": ["s1"],
        "redirect_uri": [REDIRECT],
        "version": ["beta"],
    }


def test_every_marketplace_has_its_seller_central() -> None:
    hosts = {m.country: m.seller_central for m in MARKETPLACES}
    assert (hosts["DE"], hosts["US"], hosts["JP"]) == (
        "sellercentral-europe.amazon.com",
        "sellercentral.amazon.com",
        "sellercentral.amazon.co.jp",
    )
    assert all(host.startswith("sellercentral") and ".amazon." in host for host in hosts.values())


@pytest.mark.parametrize(
    "text", [BACK, f"  {BACK}\n", BACK.replace("&selling", "\n&selling"), BACK + "&mws_auth_token=x"]
)
def test_a_callback_is_read_however_it_was_pasted(text: str) -> None:
    assert read_callback(text, redirect_url=REDIRECT) == Callback("s1", "A3SELLER", "ANXplanted")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "not a web address"),
        ("ANXplanted", "not a web address"),
        ("http://[planted", "not a web address"),
        (BACK.replace("shop.example", "shop.example:planted"), "not a web address"),
        (BACK.replace("shop.example", "shop.example:444"), "does not begin with"),
        ("https://sellercentral.amazon.com/apps/authorize/consent?application_id=x&state=s1", "consent page itself"),
        (BACK.replace("shop.example", "elsewhere.example"), "does not begin with https://shop.example/amazon"),
        (BACK.replace("https:", "http:"), "does not begin with"),
        (BACK.replace("/amazon?", "/other?"), "does not begin with"),
        (f"{REDIRECT}?state=s1", "selling_partner_id, spapi_oauth_code is missing"),
        (BACK.removesuffix("ANXplanted"), "spapi_oauth_code is missing"),
        ("We're sorry, error MD1000", "draft_app"),
        ("MD5101", "not one of those registered"),
    ],
)
def test_another_address_is_refused_with_the_way_out(text: str, says: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_callback(text, redirect_url=REDIRECT)
    assert says in caught.value.fields["callback_url"]
    assert caught.value.next_step and "planted" not in str(caught.value)


def test_without_a_redirect_url_of_our_own_any_page_will_do() -> None:
    assert read_callback(BACK, redirect_url="").seller_id == "A3SELLER"


def test_a_refusal_is_told_from_a_mistake() -> None:
    with pytest.raises(ConsentDenied) as caught:
        read_callback(f"{REDIRECT}?state=s1&error=access_denied", redirect_url=REDIRECT)
    assert caught.value.exit_code == 3 and "again" in caught.value.next_step
