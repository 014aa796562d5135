"""Whether a token is one of the seller it is said to be of.

Nothing in a token or in a consent's way back proves its seller: the address that comes back, like a form, is written
by whoever sends it. So a call is made with the new token that names the seller in its path. Only an answer to it is a
proof; a denial is none, be it of another seller or for want of the role *Product Listing*, and an Amazon that cannot be
asked is neither.
"""

from __future__ import annotations

from core.actor import Actor
from core.amazon import listings
from core.amazon.tokens import Credentials, Revoked, SecretRefused
from core.amazon.transport import Account, TokenExpired
from core.errors import AuthorizationError, RemoteError
from core.quota import at_once
from core.workspace import Workspace

LOOK_AT = (
    "Compare it with Seller Central: Settings, Account Info, Merchant Token. If it is right, the app lacks the role "
    "Product Listing: add it in the Developer Console, then authorize the app again."
)


class SellerNotProven(AuthorizationError):
    """Amazon denies the token the seller that it is said to be of."""


def asking(actor: Actor, region: str, api_mode: str, credentials: Credentials) -> Account:
    """The caller of questions about credentials that are not stored yet.

    They are counted for the operator who asks: the seller who is named may be somebody else's, whose quotas are not
    to be spent.
    """
    return Account(region, api_mode, f"operator {actor.name}", credentials)


def prove(workspace: Workspace, caller: Account, seller_id: str, marketplace_id: str, subject: str) -> bool:
    """Whether Amazon confirms that the caller's token is one of the seller's.

    Raises SellerNotProven for a clear no, and RemoteError when Amazon gives no clear answer now. Amazon's sandbox knows
    no sellers, and holds nobody's data: there the answer is yes, or not known (False).
    """
    try:
        with at_once():
            listings.is_listed(workspace.amazon_for(caller), seller_id, marketplace_id, listings.NOBODYS_SKU)
    except (Revoked, SecretRefused):
        raise
    except TokenExpired as error:
        raise RemoteError(error.what, subject=error.subject, next_step=error.next_step) from None
    except AuthorizationError:
        if caller.api_mode == "sandbox":
            return False
        raise SellerNotProven(
            f"Amazon does not confirm that this is an authorization by seller {seller_id}.",
            subject=subject,
            next_step=LOOK_AT,
            fields={"seller_id": "Amazon does not confirm that the authorization is this seller's"},
        ) from None
    except RemoteError:
        if caller.api_mode == "sandbox":
            return False
        raise
    return True
