"""Invented buyers and recipients, from plain to awkward."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from sandbox.world.marketplaces import Marketplace

AWKWARD_NAMES = (
    "Jörg Müller-Lüdenscheidt",
    "王小明",
    "山田 花子",
    "محمد بن علي",
    "שרה כהן",
    "Zoë 🎈 Balloon",
    "[red]Max Markup[/red]",
    "[/] Bracket",
    "O'Neil <b>Bold</b> & Sons",
    "Łukasz Żółć",
    "Ngô Thị Thảo",
    "Ana María José de la Santísima Trinidad y de los Remedios Fernández de Córdoba y Álvarez de Toledo",
    "Madonna",
)
GIFT_MESSAGES = (
    "Alles Gute zum Geburtstag!",
    "Happy birthday 🎂\nwith love",
    "line one\r\nline two\ttab",
    "odd \u0007bell \u001b[31mred\u001b[0m and \u0000 nul",
    "お誕生日おめでとう",
    "[bold]not markup[/bold]",
)
COMPANIES = ("Muster & Söhne GmbH", "Nordlicht AG", "Café Éclair SARL", "Blue Harbour Ltd", "株式会社さくら")
CANCEL_REASONS = ("Ordered by mistake", "Found it cheaper", "Arrives too late")

_FIRST = {
    "DE": ("Anna", "Ben", "Clara", "David", "Emma", "Felix", "Greta", "Hannes", "Ida", "Jonas"),
    "FR": ("Amélie", "Baptiste", "Chloé", "Damien", "Élodie", "François"),
    "IT": ("Alessia", "Bruno", "Chiara", "Davide", "Elena"),
    "GB": ("Alice", "Brian", "Charlotte", "Daniel", "Emily", "Freddie"),
    "JP": ("愛", "健太", "美咲", "翔"),
    "US": ("Abigail", "Brandon", "Caitlin", "Dylan"),
}
_LAST = {
    "DE": ("Schmidt", "Müller", "Groß", "Weber", "Köhler", "Fischer", "Schäfer", "Vogel"),
    "FR": ("Dubois", "Lefèvre", "Moreau", "Garnier", "Noël"),
    "IT": ("Rossi", "Bianchi", "Esposito", "D'Angelo"),
    "GB": ("Smith", "Jones", "O'Brien", "Taylor", "Hughes"),
    "JP": ("佐藤", "鈴木", "高橋", "田中"),
    "US": ("Johnson", "Williams", "Garcia", "Miller"),
}
_STREETS = {
    "DE": ("Hauptstraße", "Lindenallee", "Am Markt", "Goethestr.", "Weg zum Brunnen"),
    "FR": ("rue de l'Église", "avenue Victor", "boulevard du Port"),
    "IT": ("Via Roma", "Corso Italia", "Piazza Dante"),
    "GB": ("High Street", "Station Road", "Church Lane"),
    "JP": ("桜町", "緑ヶ丘", "本町"),
    "US": ("Main St", "Oak Ave", "Lakeview Dr"),
}
_CITIES = {
    "DE": (
        ("Berlin", "10115"),
        ("München", "80331"),
        ("Köln", "50667"),
        ("Görlitz", "02826"),
        ("Ulm", "89073"),
    ),
    "FR": (("Paris", "75001"), ("Lyon", "69002"), ("Saint-Étienne", "42000")),
    "IT": (("Roma", "00118"), ("Milano", "20121"), ("Forlì", "47121")),
    "GB": (("London", "SW1A 1AA"), ("Leeds", "LS1 4DY"), ("Manchester", "M1 2AB")),
    "JP": (("東京", "150-0002"), ("大阪", "530-0001")),
    "US": (("Seattle", "98101"), ("Austin", "73301")),
}
_PHONE = {"DE": "+49 30 ", "FR": "+33 1 ", "IT": "+39 06 ", "GB": "+44 20 ", "JP": "+81 3 ", "US": "+1 206 "}
_RELAY_CHARACTERS = "abcdefghijklmnopqrstuvwxyz0123456789"

ADDRESS_GAPS = ("recipient", "address", "name", "addressLine1", "city", "postalCode", "countryCode", "blank")
"""What an incomplete address lacks: the whole block, the address in it, one field, or the street's text."""


@dataclass(frozen=True)
class Person:
    """A buyer with a complete delivery address (keys of the model's CustomerAddress)."""

    name: str
    email: str
    address: dict[str, str]


def invent_person(dice: random.Random, marketplace: Marketplace, *, company: str | None = None) -> Person:
    """A buyer of this marketplace; about one in eight has an awkward name."""
    country = marketplace.country
    name = f"{dice.choice(_FIRST[country])} {dice.choice(_LAST[country])}"
    if dice.random() < 0.12:
        name = dice.choice(AWKWARD_NAMES)
    relay = "".join(dice.choice(_RELAY_CHARACTERS) for _ in range(14))
    city, postal_code = dice.choice(_CITIES[country])
    address = {
        "name": name,
        "addressLine1": f"{dice.choice(_STREETS[country])} {dice.randrange(1, 180)}",
        "city": city,
        "postalCode": postal_code,
        "countryCode": country,
        "phone": _PHONE[country] + str(dice.randrange(10_000_000, 99_999_999)),
        "addressType": dice.choices(("RESIDENTIAL", "COMMERCIAL", "PICKUP_POINT"), (90, 7, 3))[0],
    }
    if dice.random() < 0.25:
        address["addressLine2"] = dice.choice(("Hinterhaus", "2. OG links", "c/o Nachbar", "App. 12", ""))
    if dice.random() < 0.05:
        address["addressLine3"] = "Bitte klingeln / please ring 🔔"
    if dice.random() < 0.15:
        address["stateOrRegion"] = dice.choice(("Bayern", "NRW", "Greater London", "Île-de-France"))
    if company:
        address["companyName"] = company
        address["addressType"] = "COMMERCIAL"
    return Person(name, f"{relay}@marketplace.{marketplace.name.lower()}", address)


def with_gap(address: dict[str, str], gap: str) -> dict[str, Any] | None:
    """The recipient block of an order with this gap (see ADDRESS_GAPS); None: no block at all."""
    if gap == "recipient":
        return None
    if gap == "address":
        return {"deliveryPreference": {"dropOffLocation": "Garage"}}
    if gap == "blank":
        return {"deliveryAddress": {**address, "addressLine1": ""}}
    return {"deliveryAddress": {key: value for key, value in address.items() if key != gap}}


def amazon_fulfilled_recipient(dice: random.Random, address: dict[str, str]) -> dict[str, Any] | None:
    """What Amazon tells about the recipient of goods it ships itself: mostly only the town."""
    knowledge = dice.choices(("town", "nothing", "all"), (65, 20, 15))[0]
    if knowledge == "nothing":
        return None
    kept = {"city", "postalCode", "countryCode", "stateOrRegion", "addressType"}
    if knowledge == "all":
        kept = set(address) - {"phone"}
    return {"deliveryAddress": {key: value for key, value in address.items() if key in kept}}
