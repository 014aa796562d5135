"""The command line as scripts see it: documents, exit codes, words."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.faults import Rule
from sandbox.sandbox import Sandbox
from tests.flows.line import Line
from tui import cli
from tui.commands import completion
from tui.program import call, version

SECRETS = ("client_secret", "refresh_token", "api_key")


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> Iterator[Line]:
    """A command line whose remotes are a small sandbox."""
    with Sandbox(orders=40, other_orders=5, products=40) as sandbox:
        yield Line(sandbox, monkeypatch)


def test_a_store_and_a_channel_are_connected_and_orders_imported(line: Line) -> None:
    line.connect()
    job = line.json("orders", "import", "--channel", "de", "--direct", code=1)
    assert set(job) >= {
        "job", "kind", "channel", "state", "started", "finished", "counts", "calls", "refused_calls", "problems",
    }  # fmt: skip
    assert job["state"] == "finished_with_problems"
    assert set(job["counts"]) == {"seen", "created", "updated", "unchanged", "held", "failed"}
    assert all(set(problem) == {"subject", "code", "message", "fix"} for problem in job["problems"])
    assert len(job["problems"]) == job["counts"]["held"] + job["counts"]["failed"]
    assert line.sandbox.audit().ok
    assert line.json("jobs", "show", str(job["job"])) == job
    assert line.json("jobs", "list")["jobs"] == [job]
    problems = line.json("problems", "list", "--channel", "de")["problems"]
    assert {(p["subject"], p["code"]) for p in problems} == {(p["subject"], p["code"]) for p in job["problems"]}
    listed = line.json("orders", "list", "--channel", "de")["orders"]
    assert len(listed) == 40
    assert {order["state"] for order in listed} == {"imported", "held", "left"}
    imported = next(order for order in listed if order["state"] == "imported")
    shown = line.json("orders", "show", "--channel", "de", imported["order_id"])
    assert shown["store_order_id"] in line.sandbox.store.orders
    assert shown["lines"]
    events = line.json("jobs", "log", str(job["job"]))["events"]
    assert [event["id"] for event in events] == sorted(event["id"] for event in events)


def test_orders_are_held_looked_at_released_and_linked(line: Line) -> None:
    line.connect()
    sold = next(order for order in line.sandbox.world.orders if order.expected.outcome == "created")
    sku = sold.document["orderItems"][0]["product"]["sellerSku"]
    product = next(one for one in line.sandbox.store.products.values() if one.product_code == sku)
    product.product_code = "another code"
    line.json("orders", "import", "--channel", "de", "--direct", "--plan-only", code=1)
    of_de = ("--channel", "de")
    first = line.json("orders", "list", *of_de, "--state", "waiting", "--limit", "1")["orders"][0]["order_id"]
    plain = line.run("orders", "show", *of_de, first).stdout
    seen = line.json("orders", "show", *of_de, first, "--preview")
    assert seen["preview"]["outcome"] == "create"
    assert seen["preview"]["address"][0] not in plain
    assert seen["preview"]["address"][0] in line.run("orders", "show", *of_de, first, "--preview").stdout
    assert line.json("orders", "hold", *of_de, first)["orders"][0]["code"] == "held_by_operator"
    assert line.json("orders", "release", *of_de, first, "--direct")["counts"]["created"] == 1
    whole = line.json("orders", "show", *of_de, first)
    assert whole["store_url"].endswith(f"/admin.php?dispatch=orders.details&order_id={whole['store_order_id']}")
    happened = [one["what"] for one in reversed(whole["timeline"]) if one["side"] in ("store", "operator")]
    assert happened == ["preview", "preview", "hold", "release", "created", "corrected", "verified"]
    told = line.run("orders", "show", *of_de, first).stdout
    assert all(words in told for words in ("Ordered on Amazon", "Held back by admin", whole["lines"][0]["title"]))
    assert sku in [one["about"] for one in line.json("problems", "list")["problems"] if one["code"] == "sku_unknown"]
    number = str(product.product_id)
    job = line.json("listings", "link", *of_de, "--sku", sku, "--product-id", number, "--direct")
    assert job["counts"]["created"] >= 1
    assert line.json("listings", "list", *of_de)["listings"][0]["sku"] == sku
    assert line.json("mapping", "set", *of_de, "payments", "cod", "zero", code=2)["error"]["message"]
    exported = line.json("mapping", "export", *of_de)
    assert line.json("mapping", "import", *of_de, "--from", "-", document=exported) == exported


def test_every_command_speaks_to_people_too(line: Line) -> None:
    line.connect()
    line.run("orders", "import", "--channel", "de", "--direct")
    for words in (
        ("store", "list"), ("store", "show", "demo"), ("store", "verify", "demo"), ("store", "prepare", "demo"),
        ("channel", "list"), ("channel", "show", "de"), ("channel", "verify", "de"),
        ("orders", "list", "--channel", "de"), ("jobs", "list"), ("jobs", "show", "1"), ("jobs", "log", "1"),
        ("problems", "list"), ("stop-writes", "off"), ("orders", "list", "--channel", "de", "--state", "held"),
        ("listings", "list", "--channel", "de"), ("listings", "show", "--channel", "de", "--sku", "A"),
        ("mapping", "show", "--channel", "de"), ("mapping", "set", "--channel", "de", "carriers", "ups", "UPS"),
        ("mapping", "export", "--channel", "de"), ("mapping", "unset", "--channel", "de", "carriers", "ups"),
    ):  # fmt: skip
        done = line.run(*words)
        assert done.exit_code in (0, 1), (words, done.output)
        assert done.stdout.strip()
        assert "\x1b" not in done.stdout


def test_lists_of_an_empty_home_tell_the_next_step(line: Line) -> None:
    for words in (("store", "list"), ("channel", "list"), ("jobs", "list")):
        assert "crossdock" in line.run(*words).stdout
        name = {"store": "stores", "channel": "channels", "jobs": "jobs"}[words[0]]
        assert line.json(*words) == {name: []}


def test_no_command_shows_a_secret(line: Line) -> None:
    line.connect()
    hidden = [
        line.documents[kind][name] for kind in ("store", "channel") for name in SECRETS if name in line.documents[kind]
    ]
    for words in (("store", "show", "demo"), ("store", "list"), ("channel", "show", "de"), ("channel", "list")):
        text = line.run(*words).output + line.run(*words, "--json").output
        assert not [secret for secret in hidden if secret in text]


def test_waiting_for_queued_work_without_a_worker_says_so_and_exits_with_three(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.commands.work.STARTING_WORKER", 0.0)
    line.connect()
    done = line.run("orders", "import", "--channel", "de", "--wait")
    assert done.exit_code == 3
    assert "crossdock worker" in done.stderr
    assert line.json("jobs", "show", "1")["state"] == "queued"


def test_a_channel_that_does_not_use_the_queue_runs_here(line: Line) -> None:
    line.documents["channel"]["settings"]["use_queue"] = False
    line.connect()
    assert line.json("orders", "import", "--channel", "de", code=1)["state"] == "finished_with_problems"


def test_prepare_creates_what_is_missing_once_and_channels_use_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with Sandbox(orders=40, other_orders=0, products=40, store_options={"bare": True}) as sandbox:
        line = Line(sandbox, monkeypatch)
        settings = line.documents["channel"]["settings"]
        for left_out in ("payments", "shipping", "statuses"):
            settings.pop(left_out)
        line.connect()
        assert line.json("store", "prepare", "demo", code=1)["ok"] is False
        held = line.json("orders", "import", "--channel", "de", "--direct", code=1)
        assert {"no_stock_unmapped", "payment_unmapped"} <= {problem["code"] for problem in held["problems"]}
        first = line.json("store", "prepare", "demo", "--apply")
        made = (len(sandbox.store.payments), len(sandbox.store.shippings), len(sandbox.store.statuses))
        assert line.json("store", "prepare", "demo", "--apply") == first
        assert (len(sandbox.store.payments), len(sandbox.store.shippings), len(sandbox.store.statuses)) == made
        job = line.json("orders", "import", "--channel", "de", "--direct", code=1)
        assert job["counts"]["created"] > 0
        codes = {problem["code"] for problem in job["problems"]}
        assert "no_stock_unmapped" not in codes
        # Cash on delivery is never guessed to be prepaid.
        assert "payment_unmapped" in codes


def test_retry_runs_what_failed_again(line: Line) -> None:
    line.connect()
    wanted = next(order for order in line.sandbox.world.orders if order.expected.status == "P")
    product = line.sandbox.store.products[next(iter(wanted.expected.lines))]
    product.qty_step = 1_000  # the store rounds quantities up to thousands
    first = line.json("orders", "import", "--channel", "de", "--direct", code=1)
    failed = {p["subject"] for p in first["problems"] if p["code"] == "store_differs"}
    assert f"order {wanted.order_id}" in failed
    product.qty_step = 0
    again = line.json("jobs", "retry", str(first["job"]), "--direct", code=1)
    assert again["calls"] == {}
    assert line.run("jobs", "retry", "99").exit_code == 2


# -- at a glance --------------------------------------------------------------------------------------------------


def test_status_says_how_everything_stands(line: Line) -> None:
    assert "crossdock channel add" in line.run("status").stdout
    line.connect()
    line.json("orders", "import", "--channel", "de", "--direct", code=1)
    line.json("stop-writes", "on")
    line.json("schedule", "set", "--channel", "de", "--every", "15")
    document = line.json("status")
    assert set(document) == {"writes_stopped", "workers", "channels", "jobs", "quotas", "expiring"}
    assert document["writes_stopped"] is True
    (channel,) = document["channels"]
    problems = line.json("problems", "list")["problems"]
    waiting = sum(problem["code"] == "pending" for problem in problems)
    assert sum(channel["problems"].values()) == len(problems)
    assert channel["needs_you"] == len(problems) - waiting
    assert {plan["stream"]: plan["every_minutes"] for plan in channel["schedules"]}["orders"] == 15
    shown = line.run("status").stdout
    assert "STOPPED" in shown and "none: queued jobs wait" in shown and "15 min" in shown
    assert "crossdock problems list" in shown


def test_the_emergency_switch_can_be_asked(line: Line) -> None:
    for switch, stopped in ((), False), (("on",), True), ((), True), (("off",), False), ((), False):
        assert line.json("stop-writes", *switch) == {"stop_writes": stopped}
    assert "Writes are allowed" in line.run("stop-writes").stdout


def test_orders_of_all_channels_are_listed_between_two_times(line: Line) -> None:
    line.connect()
    line.json("orders", "import", "--channel", "de", "--direct", "--plan-only", code=1)
    every = line.json("orders", "list")["orders"]
    assert every == line.json("orders", "list", "--channel", "de")["orders"]
    middle = every[len(every) // 2]["created_at"]
    late = line.json("orders", "list", "--from", middle)["orders"]
    early = line.json("orders", "list", "--to", middle)["orders"]
    assert [one["order_id"] for one in late + early[1:]] == [one["order_id"] for one in every]
    assert line.json("orders", "list", "--from", "2026-11-01", code=2)["error"]["message"]
    assert "skipped" in line.run("orders", "list", "--state", "skipped").stdout


def test_the_version_is_told(line: Line) -> None:
    assert line.run("--version").stdout == f"crossdock {version()}\n"


def test_help_ends_with_examples(line: Line) -> None:
    assert "crossdock orders list --state held" in line.run("orders", "list", "--help").stdout
    assert "crossdock status" in line.run("--help").stdout


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("crossdock sto", {"stop-writes", "store"}),
        ("crossdock orders re", {"reconcile", "release", "retry"}),
        ("crossdock channel delete ", {"de"}),
        ("crossdock orders list --channel d", {"de"}),
        ("crossdock store verify ", {"demo"}),
    ],
)
def test_shells_complete_commands_and_names(
    line: Line, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], typed: str, found: set[str]
) -> None:
    line.connect()
    monkeypatch.setattr("sys.argv", ["crossdock"])
    monkeypatch.setenv("_CROSSDOCK_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", typed)
    monkeypatch.setenv("COMP_CWORD", str(typed.count(" ")))
    try:
        with pytest.raises(SystemExit) as end:
            cli.main()
    finally:
        logging.disable(logging.NOTSET)
    assert end.value.code == 0
    assert set(capsys.readouterr().out.split()) == found


def test_asking_for_names_makes_no_home(home: Path) -> None:
    try:
        assert completion.channels("") == []
    finally:
        logging.disable(logging.NOTSET)
    assert not home.exists()


# -- bad input ----------------------------------------------------------------------------------------------------


def store(**changes: Any) -> dict[str, Any]:
    """A store document with changes; a change to None leaves the key out."""
    base = {"name": "s", "url": "http://127.0.0.1:9", "email": "a@b.example", "api_key": "k", "currency": "EUR"}
    return {key: value for key, value in (base | changes).items() if value is not None}


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ("{not json", "line 1"),
        ("[]", "object"),
        (store(shop="x"), "shop"),
        (store(api_key=None), "api_key"),
        (store(url="http://shop.example"), "https"),
        (store(url="ftp://shop.example"), "url"),
        (store(email="nobody"), "email"),
        (store(currency="euro"), "currency"),
        (store(name="[/red]"), "name"),
        (store(api_key="env:NO_SUCH_VARIABLE"), "NO_SUCH_VARIABLE"),
    ],
)
def test_a_wrong_store_document_names_the_key_and_exits_with_two(line: Line, document: Any, says: str) -> None:
    done = line.run("store", "add", "--from", "-", document=document)
    assert done.exit_code == 2
    assert says in done.stderr
    assert line.json("store", "list") == {"stores": []}


def test_a_store_that_cannot_be_reached_exits_with_four_and_is_not_saved(line: Line) -> None:
    done = line.run("store", "add", "--from", "-", document=store())
    assert done.exit_code == 4
    assert line.json("store", "list") == {"stores": []}


def test_a_wrong_key_exits_with_three_and_says_where_to_look(line: Line) -> None:
    done = line.run("store", "add", "--from", "-", document=line.documents["store"] | {"api_key": "wrong"})
    assert done.exit_code == 3
    assert "API access" in done.stderr
    assert line.json("store", "list") == {"stores": []}


@pytest.mark.parametrize("page", [True, "redirect"])
def test_a_login_page_is_told_from_a_store(monkeypatch: pytest.MonkeyPatch, page: Any) -> None:
    with Sandbox(orders=1, other_orders=0, products=5, store_options={"login_page": page}) as sandbox:
        document = sandbox.credentials()["store"] | {"api_key": "wrong"}
        done = Line(sandbox, monkeypatch).run("store", "add", "--from", "-", document=document)
    assert done.exit_code == 3
    assert "web page" in done.stderr or "redirects" in done.stderr


@pytest.mark.parametrize(
    ("changes", "code", "says"),
    [
        ({"client_secret": "wrong"}, 3, "secret"),
        ({"refresh_token": "Atzr|wrong"}, 3, "refresh token"),
        ({"region": "na"}, 2, "region"),
        ({"country": "XX"}, 2, "country"),
        ({"country": "SE"}, 3, "SE"),
        ({"seller": "x"}, 2, "seller"),
        ({"store": "nowhere"}, 2, "store"),
        ({"client_id": ""}, 2, "client_id"),
        ({"settings": {"orders_from": "2026-01-01T00:00:00"}}, 2, "time zone"),
        ({"settings": {"order_statuses": ["SOLD"]}}, 2, "SOLD"),
        ({"settings": {"statuses": {"UNSHIPPED": "paid"}}}, 2, "statuses"),
        ({"settings": {"shipping": {"FAST": 1}}}, 2, "FAST"),
        ({"settings": {"fulfilment": "robots"}}, 2, "fulfilment"),
        ({"settings": {"exchange_rate": "-1"}}, 2, "exchange_rate"),
        ({"settings": {"colour": 1}}, 2, "colour"),
    ],
)
def test_a_wrong_channel_is_refused_and_not_saved(line: Line, changes: dict[str, Any], code: int, says: str) -> None:
    line.json("store", "add", "--from", "-", document=line.documents["store"])
    done = line.run("channel", "add", "--from", "-", document=line.documents["channel"] | changes)
    assert done.exit_code == code, done.output
    assert says in done.stderr
    assert line.json("channel", "list") == {"channels": []}


def test_a_second_channel_for_the_same_seller_and_marketplace_is_refused(line: Line) -> None:
    line.connect()
    done = line.run("channel", "add", "--from", "-", document=line.documents["channel"] | {"name": "de2"})
    assert done.exit_code == 2
    assert "Channel de" in done.stderr


def test_amazon_in_maintenance_exits_with_four(line: Line) -> None:
    line.json("store", "add", "--from", "-", document=line.documents["store"])
    line.sandbox.faults.add(Rule("amazon", "getMarketplaceParticipations", "html_503", times=-1))
    done = line.run("channel", "add", "--from", "-", document=line.documents["channel"])
    assert done.exit_code == 4


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--from", "2026-11-01T00:00:00"), "time zone"),
        (("--from", "yesterday"), "valid time"),
        (("--from", "2020-01-01T00:00:00Z"), "720 days"),
        (("--from", "2999-01-01T00:00:00Z"), "future"),
        (("--from", "2026-11-02T00:00:00Z", "--to", "2026-11-01T00:00:00Z"), "after"),
        (("--status", "SOLD"), "SOLD"),
    ],
)
def test_a_wrong_import_is_refused_without_a_job(line: Line, options: tuple[str, ...], says: str) -> None:
    line.connect()
    done = line.run("orders", "import", "--channel", "de", *options)
    assert done.exit_code == 2
    assert says in done.stderr
    assert line.json("jobs", "list") == {"jobs": []}


def test_a_disabled_channel_starts_no_job(line: Line) -> None:
    line.connect()
    line.json("channel", "disable", "de")
    done = line.run("orders", "import", "--channel", "de")
    assert done.exit_code == 3
    assert "crossdock channel enable" in done.stderr


def test_a_key_file_open_to_others_is_refused(line: Line, home: Path) -> None:
    line.connect()
    (home / "key").chmod(0o644)
    done = line.run("store", "list")
    assert done.exit_code == 3
    assert "chmod 600" in done.stderr


def test_a_lost_key_says_what_to_do_and_crashes_nothing(line: Line, home: Path) -> None:
    line.connect()
    (home / "key").unlink()
    done = line.run("orders", "import", "--channel", "de", "--direct")
    assert done.exit_code == 3
    assert "backup" in done.stderr


def test_an_unknown_operator_is_refused(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CROSSDOCK_OPERATOR", "somebody")
    done = line.run("store", "list")
    assert done.exit_code == 3
    assert "somebody" in done.stderr


def test_a_moved_clock_never_meets_a_remote_that_is_not_on_this_machine(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    line.connect()
    monkeypatch.setenv("CROSSDOCK_TEST_CLOCK", "10,1")
    monkeypatch.setenv("CROSSDOCK_SPAPI_URL", "")
    done = line.run("channel", "verify", "de")
    assert done.exit_code == 3
    assert "CROSSDOCK_TEST_CLOCK" in done.stderr


def test_nothing_personal_and_no_secret_is_left_in_the_clear(line: Line, home: Path) -> None:
    line.connect()
    line.json("orders", "import", "--channel", "de", "--direct", code=1)
    stored = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file() and path.name != "key")
    planted = [line.documents["channel"]["client_secret"], line.documents["channel"]["refresh_token"]]
    planted.append(line.documents["store"]["api_key"])
    for order in line.sandbox.world.orders:
        address = order.document.get("recipient", {}).get("deliveryAddress", {})
        planted += [address[name] for name in ("name", "addressLine1", "phone") if len(address.get(name, "")) > 8]
        planted += [order.document["buyer"]["buyerEmail"]] if "buyerEmail" in order.document.get("buyer", {}) else []
    assert len(planted) > 50
    assert not [text for text in planted if text.encode() in stored]


def test_the_doctor_passes_a_connected_installation_and_asks_each_remote_once(line: Line) -> None:
    line.connect()
    before = line.sandbox.ledger.counts()
    document = line.json("doctor", "--online")
    assert document["ok"], document
    checks = {check["name"]: check["message"] for check in document["checks"]}
    assert checks["store demo: online"] == "It answers, and the clocks agree."
    assert [message for name, message in checks.items() if name.startswith("amazon http://127.0.0.1")]
    after = line.sandbox.ledger.counts()
    calls = {side: sum(row["calls"] for row in counts.values()) for side, counts in after.items()}
    assert calls["store"] == 1 + sum(row["calls"] for row in before["store"].values())
    assert after["amazon"] == before["amazon"] | {"unknown": after["amazon"]["unknown"]}, "no operation was called"


def test_the_doctor_says_what_is_wrong_and_ends_with_1(line: Line) -> None:
    line.connect()
    line.json("stop-writes", "on")
    done = line.run("doctor")
    assert done.exit_code == 1
    fix = f"      → Run: {call()} stop-writes off"
    assert f"FAIL  writes: All writes to stores and Amazon are stopped. Jobs wait.\n{fix}" in done.stdout


def test_the_doctor_examines_what_a_wrong_configuration_leaves(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CROSSDOCK_LOG_FORMAT", "xml")
    document = line.json("doctor", code=3)
    assert [(check["name"], check["ok"]) for check in document["checks"]] == [("settings", False)]
    assert "CROSSDOCK_LOG_FORMAT" in document["checks"][0]["message"]
