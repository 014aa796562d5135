"""Companies of a store, chosen by name: vendors, or storefronts of one seller."""

from __future__ import annotations

from core import stores
from core.actor import Actor
from core.workspace import Workspace
from tui.forms.fields import Choices, Field
from tui.widgets.choice import Choice


def company_field(companies: Choices) -> Field:
    """The vendor or storefront, by name; one that the store does not list is typed by its number."""
    return Field(
        "company_id",
        "Company or storefront",
        "choice",
        choices=companies,
        depends=("store",),
        typed=typed_company,
        blank="needed only where there are several",
        help="Whose products and orders they are: a vendor, or one storefront of several.",
    )


def typed_company(text: str) -> Choice | None:
    """A company by its number, which may not be among those that the store lists."""
    number = text.strip()
    return Choice(int(number), f"Company {number}") if number.isascii() and number.isdecimal() and int(number) else None


def company_choices(workspace: Workspace, actor: Actor, store: str) -> list[Choice]:
    """The companies of a store by name, as they were when it was last verified."""
    return [
        Choice(int(found.key), f"{found.name} ({found.key})", "" if found.active else "not active in the store")
        for found in stores.lookups(workspace, actor, store, "company")
    ]
