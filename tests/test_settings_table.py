"""docs/settings.md has every setting with its type, default and allowed values as the program has them.

For each setting, `SHOWN_BY` names the test that shows that it takes effect.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from types import UnionType
from typing import Any, Literal, NamedTuple, Union, get_args, get_origin

import pytest
from pydantic import AwareDatetime, BaseModel, SecretStr
from pydantic.fields import FieldInfo

from core.app_documents import AppChanges, AppDocument
from core.channels.documents import (
    ChannelChanges,
    ChannelDocument,
    ChannelSettings,
    JoiningChannelDocument,
    Notifications,
    PublicChannelDocument,
)
from core.documents import SECRETS
from core.global_settings import KEYS
from core.settings import Settings
from core.stores import StoreChanges, StoreDocument
from tui.preferences import Preferences

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "docs" / "settings.md").read_text()
REQUIRED = "required"


class Row(NamedTuple):
    """A line of a table."""

    name: str
    type: str
    default: str
    allowed: str
    effect: str


DOCUMENTS: dict[str, tuple[type[BaseModel], ...]] = {
    "Environment and config.toml": (Settings,),
    "Store": (StoreDocument, StoreChanges),
    "Amazon application": (AppDocument, AppChanges),
    "Channel: connection": (ChannelDocument, PublicChannelDocument, JoiningChannelDocument, ChannelChanges),
    "Channel: settings": (ChannelSettings,),
    "Channel: notifications": (Notifications,),
}
"""The first document that has a field says what it is."""

TYPES: dict[Any, set[str]] = {
    bool: {"yes or no"},
    int: {"whole number"},
    float: {"number"},
    datetime: {"date and time"},
    AwareDatetime: {"date and time"},
    list: {"list of words"},
    dict: {"map"},
    Path: {"folder", "file"},
    SecretStr: {"secret"},
    str: {"text", "word", "address", "secret"},
}
SHOWN_BY = {
    "Channel: connection": {
        "name": ("flows/test_command_line", "test_a_store_and_a_channel_are_connected_and_orders_imported"),
        "store": ("flows/test_command_line", "test_a_wrong_channel_is_refused_and_not_saved"),
        "company_id": (
            "unit/test_plan_orders",
            "test_products_of_other_vendors_do_not_count_where_companies_are_vendors",
        ),
        "app_mode": ("flows/test_authorize", "test_a_channel_waits_for_its_seller_and_then_imports"),
        "app": ("flows/test_authorize", "test_the_consent_url_is_that_of_the_app"),
        "seller_of": ("flows/test_authorize", "test_marketplaces_of_one_seller_share_the_account"),
        "region": ("flows/test_bad_input", "test_every_wrong_connection_names_its_field_and_the_way_out"),
        "country": ("flows/test_bad_input", "test_every_wrong_connection_names_its_field_and_the_way_out"),
        "api_mode": ("flows/test_api_modes", "test_P10_the_same_seller_in_both_modes_shares_nothing"),
        "app_status": (
            "clients/test_amazon_transport",
            "test_every_operation_that_changes_amazon_is_refused_for_a_draft",
        ),
        "client_id": ("flows/test_bad_input", "test_every_wrong_connection_names_its_field_and_the_way_out"),
        "client_secret": (
            "clients/test_amazon_tokens",
            "test_the_previous_secret_serves_while_the_new_one_is_not_known_yet",
        ),
        "refresh_token": ("flows/test_revoked", "test_P9_nineteen_go_on_and_the_revoked_one_asks_once_an_hour"),
        "seller_id": ("flows/test_walls", "test_a_seller_typed_by_anybody_is_proven"),
        "settings": ("flows/test_settings_kept", "test_every_setting_is_saved_and_read_back"),
        "notifications": (
            "flows/test_notifications",
            "test_eventbridge_subscribes_to_listings_and_the_queue_to_orders",
        ),
        "revision": ("flows/test_settings_kept", "test_two_people_do_not_overwrite_each_other"),
    },
    "Channel: settings": {
        "use_queue": ("flows/test_schedule", "test_a_channel_that_does_not_use_the_queue_is_run_by_the_one_who_looks"),
        "sync_products": ("flows/test_products", "test_a_master_switch_that_is_off_stops_schedules_and_says_so"),
        "pull_products": ("flows/test_products", "test_listings_are_imported_by_a_schedule"),
        "push_products": ("unit/test_exports", "test_the_schedule_of_listings_follows_its_settings"),
        "pull_orders": ("flows/test_settings_kept", "test_the_orders_sync_off_stops_schedules_and_not_people"),
        "orders_from": ("unit/test_channel_rules", "test_a_date_that_amazon_has_forgotten_means_as_early_as_possible"),
        "orders_to": ("unit/test_plan_orders", "test_both_dates_are_inclusive"),
        "order_statuses": ("unit/test_plan_orders", "test_a_status_that_is_not_selected_is_left_and_named"),
        "fulfilment": ("unit/test_plan_orders", "test_the_fulfilment_of_the_channel_selects"),
        "anonymise_orders": ("flows/test_personal_data", "test_names_streets_and_phones_go_and_all_else_stays"),
        "push_shipments": ("flows/test_shipments_work", "test_the_schedule_of_shipments_follows_its_settings"),
        "pull_shipments": (
            "flows/test_shipments",
            "test_the_way_back_enters_what_others_sent_once_and_never_confirms_it",
        ),
        "auto_push_shipments_minutes": (
            "flows/test_shipments_work",
            "test_the_schedule_of_shipments_follows_its_settings",
        ),
        "push_stock": ("flows/test_stock", "test_the_schedule_of_stock_follows_its_settings"),
        "push_every_seconds": ("flows/test_stock", "test_the_schedule_of_stock_follows_its_settings"),
        "buffer": ("unit/test_plan_stock", "test_buffer_minimum_and_cap_bound_the_quantity"),
        "quantity_minimum": ("unit/test_plan_stock", "test_buffer_minimum_and_cap_bound_the_quantity"),
        "quantity_cap": ("unit/test_plan_stock", "test_buffer_minimum_and_cap_bound_the_quantity"),
        "price_rules": ("unit/test_plan_stock", "test_a_price_is_converted_marked_up_rounded_and_bounded"),
        "auto_follow_listings_minutes": ("unit/test_exports", "test_the_schedule_of_listings_follows_its_settings"),
        "auto_pull_categories_minutes": ("flows/test_categories", "test_categories_can_be_refreshed_by_a_schedule"),
        "auto_pull_orders_minutes": ("flows/test_schedule", "test_zero_minutes_and_disabled_channels_start_nothing"),
        "auto_reconcile_orders_minutes": (
            "flows/test_reconcile",
            "test_it_runs_nightly_where_orders_are_pulled_by_schedule",
        ),
        "auto_purge_orders_minutes": ("flows/test_purge", "test_it_runs_for_every_channel_whatever_becomes_of_it"),
        "auto_pull_products_minutes": ("flows/test_products", "test_listings_are_imported_by_a_schedule"),
        "product_fields": ("unit/test_plan_products", "test_the_policy_of_each_field_says_what_is_written"),
        "product_identifier": ("flows/test_identifiers", "test_a_channel_can_ask_for_it_always"),
        "weight_unit": ("unit/test_plan_products", "test_measures_come_in_the_units_of_the_store"),
        "length_unit": ("unit/test_plan_products", "test_measures_come_in_the_units_of_the_store"),
        "payments": ("unit/test_plan_orders", "test_a_payment_that_is_not_mapped_or_not_active_holds_the_order"),
        "shipping": ("unit/test_plan_orders", "test_the_shipping_of_the_service_level_wins_over_the_default"),
        "carriers": ("unit/test_plan_shipments", "test_h1_a_carrier_is_mapped_exactly_or_held_with_what_is_near"),
        "statuses": ("unit/test_plan_orders", "test_a_status_that_is_not_mapped_or_not_in_the_store_holds_the_order"),
        "exchange_rate": ("unit/test_plan_orders", "test_a_foreign_currency_is_converted_when_the_operator_set_a_rate"),
        "exchange_rate_days": ("unit/test_order_policies", "test_a_rate_serves_for_so_many_days"),
        "facilitator_tax": (
            "unit/test_order_policies",
            "test_m3_tax_that_amazon_pays_itself_stands_in_the_order_or_not",
        ),
        "fba_recipient": ("unit/test_order_policies", "test_p2_fba_orders_without_a_name_go_to_a_stand_in_or_are_held"),
        "out_of_stock": ("flows/test_order_policies", "test_too_little_stock_is_held_flagged_or_allowed"),
        "unknown_sku": ("flows/test_order_policies", "test_a_placeholder_stands_for_an_unknown_sku"),
        "placeholder_product": ("flows/test_order_policies", "test_a_placeholder_stands_for_an_unknown_sku"),
        "order_fields": ("unit/test_order_policies", "test_c4_what_businesses_say_reaches_the_fields_of_the_store"),
    },
    "Channel: notifications": {
        "aws_access_key": ("unit/test_queue_access", "test_the_keys_of_the_channel_sign_the_calls"),
        "aws_secret_key": ("unit/test_queue_access", "test_the_keys_of_the_channel_sign_the_calls"),
        "machine_keys": (
            "unit/test_queue_access",
            "test_a_vendor_has_the_keys_of_the_machine_by_an_administrators_word_for_that_queue_alone",
        ),
        "role_arn": ("flows/test_bad_input", "test_every_wrong_connection_names_its_field_and_the_way_out"),
        "queue_arn": ("services/test_notifications_on_sqs", "test_a_queue_that_is_not_there_is_said_so"),
        "queue_url": (
            "services/test_notifications_on_sqs",
            "test_D4_D5_ten_copies_shuffled_have_one_effect_each_and_what_is_lost_is_polled",
        ),
        "delivery": ("flows/test_notifications", "test_eventbridge_subscribes_to_listings_and_the_queue_to_orders"),
    },
    "Amazon application": {
        "name": ("flows/test_apps", "test_an_app_is_added_changed_and_shown_without_its_secret"),
        "mode": ("flows/test_authorize", "test_a_channel_waits_for_its_seller_and_then_imports"),
        "app_id": ("flows/test_authorize", "test_the_consent_url_is_that_of_the_app"),
        "client_id": ("flows/test_apps", "test_one_application_is_one_app_and_stays_itself"),
        "client_secret": ("flows/test_apps", "test_a_secret_that_amazon_refuses_is_not_kept"),
        "redirect_url": ("flows/test_authorize", "test_every_wrong_callback_names_the_way_out_and_changes_nothing"),
        "api_mode": ("flows/test_apps", "test_one_application_is_one_app_and_stays_itself"),
        "region": ("flows/test_apps", "test_rotation_explains_what_happens_and_what_is_missing"),
        "draft_app": ("flows/test_authorize", "test_the_consent_url_is_that_of_the_app"),
        "secret_expires_at": ("flows/test_verify", "test_secrets_and_modes_are_counted_down_and_named"),
        "revision": ("flows/test_apps", "test_an_app_is_added_changed_and_shown_without_its_secret"),
    },
    "Global settings": {
        "app_mode": ("flows/test_apps", "test_global_settings_are_checked_against_what_exists"),
        "public_app": ("flows/test_apps", "test_global_settings_are_checked_against_what_exists"),
        "payments.cod": (
            "unit/test_channel_rules",
            "test_what_is_left_out_comes_from_prepare_and_then_from_the_global_settings",
        ),
        "payments.prepaid": (
            "unit/test_channel_rules",
            "test_what_is_left_out_comes_from_prepare_and_then_from_the_global_settings",
        ),
        "personal_data.shipped_days": ("unit/test_purge", "test_both_times_are_settings"),
        "personal_data.open_days": ("unit/test_purge", "test_both_times_are_settings"),
        "retention.log_days": ("unit/test_retention", "test_what_is_not_needed_goes_and_all_else_stays"),
        "retention.history_days": ("unit/test_retention", "test_what_is_not_needed_goes_and_all_else_stays"),
        "retention.audit_days": ("unit/test_retention", "test_what_is_not_needed_goes_and_all_else_stays"),
        "retention.order_days": ("unit/test_retention", "test_what_is_not_needed_goes_and_all_else_stays"),
    },
}


def rows(section: str) -> list[Row]:
    """The lines of the table of a section."""
    part = TEXT.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    cells = (re.split(r"(?<!\\)\|", line)[1:-1] for line in part.splitlines() if line.startswith("| `"))
    return [Row(name.strip(" `"), *map(str.strip, others)) for name, *others in cells]


def name_of(model: type[BaseModel], field: str) -> str:
    """A field as people write it."""
    return f"CROSSDOCK_{field.upper()}" if model is Settings else field


def known(section: str) -> Mapping[str, FieldInfo]:
    """Every setting of a section."""
    found: dict[str, FieldInfo] = {}
    for model in DOCUMENTS[section]:
        for field, info in model.model_fields.items():
            found.setdefault(name_of(model, field), info)
    return found


def each() -> Iterator[tuple[str, Row, FieldInfo]]:
    """Every line that stands for a field of a document."""
    for section in DOCUMENTS:
        fields = known(section)
        yield from ((section, row, fields[row.name]) for row in rows(section) if row.name in fields)


def kinds(annotation: Any) -> set[Any]:
    """The types that a field may have, apart from none at all."""
    if get_origin(annotation) in (Union, UnionType):
        return {kind for one in get_args(annotation) for kind in kinds(one)}
    if get_origin(annotation) is Literal:
        return {Literal}
    kind = get_origin(annotation) or annotation
    return set() if kind is type(None) else {kind}


def words(annotation: Any) -> set[str]:
    """The words that a field may hold, where only some are allowed."""
    if get_origin(annotation) is Literal:
        return {word for word in get_args(annotation) if word}
    return {word for one in get_args(annotation) for word in words(one)}


@pytest.mark.parametrize("section", DOCUMENTS)
def test_every_setting_has_one_line(section: str) -> None:
    assert sorted(row.name for row in rows(section)) == sorted(known(section))


def test_every_global_setting_and_preference_has_one_line() -> None:
    assert [row.name for row in rows("Global settings")] == list(KEYS)
    preferences = [name for name in Preferences.__dataclass_fields__ if name != "complaints"]
    assert [row.name.strip("[]") for row in rows("User interface")] == preferences


@pytest.mark.parametrize("section", [*DOCUMENTS, "Global settings", "User interface"])
def test_no_cell_is_empty(section: str) -> None:
    assert all(all(row) for row in rows(section))


def test_the_types_are_those_of_the_program() -> None:
    for section, row, info in each():
        for kind in kinds(info.annotation):
            if kind is Literal:
                expected = {"word"}
            elif isinstance(kind, type) and issubclass(kind, BaseModel):
                expected = {"map", "document"}
            else:
                expected = TYPES[kind]
            assert row.type in expected, (section, row.name)
        assert (row.type == "secret") >= (row.name in SECRETS), (section, row.name)


def test_the_defaults_are_those_of_the_program() -> None:
    """Where the program has none, the line may say in words what is used in its place."""
    for section, row, info in each():
        default = info.get_default(call_default_factory=section.startswith("Channel"))
        if info.is_required():
            assert row.default == REQUIRED or row.name == "seller_of", (section, row.name)
        elif isinstance(default, bool):
            assert row.default == ("yes" if default else "no"), (section, row.name)
        elif isinstance(default, list):
            assert re.findall(r"`(\w+)`", row.default) == default, (section, row.name)
        elif isinstance(default, int | float):
            assert row.default == f"`{default:g}`", (section, row.name)
        elif isinstance(default, str) and default and row.name != "app_mode":
            assert row.default == f"`{default}`", (section, row.name)
        else:
            assert row.default != REQUIRED, (section, row.name)


def test_the_words_and_limits_are_those_of_the_program() -> None:
    for section, row, info in each():
        missing = {word for word in words(info.annotation) if f"`{word}`" not in row.allowed}
        assert not missing, (section, row.name, missing)
        for limit in info.metadata:
            for side in ("ge", "le", "gt"):
                value = getattr(limit, side, None)
                assert value is None or f"{value:g}" in row.allowed, (section, row.name, side, value)


def test_for_every_setting_a_test_shows_its_effect() -> None:
    for section, shown in SHOWN_BY.items():
        exist = KEYS if section == "Global settings" else known(section)
        assert sorted(shown) == sorted(exist), section


def test_every_test_that_is_named_exists() -> None:
    for section in SHOWN_BY.values():
        for setting, (file, name) in section.items():
            assert f"def {name}(" in (ROOT / "tests" / f"{file}.py").read_text(), f"{setting}: {file}, {name}"
