"""Apps, consents and edits on PostgreSQL, with two people at the same thing at the same moment."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import requests

from core import apps, global_settings, schedules
from core.actor import LOCAL_ADMIN, Actor
from core.channels import consent, registry, removal
from core.errors import CrossdockError
from tests.flows.kit import Shop, shop
from tests.services.conftest import Postgres


def consented(it: Shop, name: str) -> str:
    begun = consent.begin(it.workspace, LOCAL_ADMIN, name)
    answer = requests.get(begun.consent_url, params={"auto": "1"}, allow_redirects=False, timeout=10)
    return answer.headers["Location"]


def both(work: Callable[[str], object]) -> list[str]:
    """Let ada and bob do it at once; what became of each."""
    meeting = Barrier(2)

    def one(name: str) -> str:
        meeting.wait(10)
        try:
            work(name)
        except CrossdockError as error:
            return type(error).__name__
        return "done"

    with ThreadPoolExecutor(2) as pool:
        return sorted(pool.map(one, ("ada", "bob")))


def test_setting_up_behaves_as_on_sqlite(home: Path, postgres: Postgres) -> None:
    with shop(home, settings={"database_url": postgres.database}, orders=5, other_orders=0, products=5) as it:
        workspace, documents = it.workspace, it.sandbox.credentials()
        removal.remove(workspace, LOCAL_ADMIN, it.channel)
        app = apps.add(workspace, LOCAL_ADMIN, documents["app"])
        global_settings.change(workspace, LOCAL_ADMIN, {"app_mode": "public", "payments.prepaid": 2})
        for name, country in (("de", "DE"), ("fr", "FR")):
            added = {"name": name, "country": country, "company_id": 1}
            assert registry.add(workspace, LOCAL_ADMIN, added).state == "needs_authorization"

        callback = consented(it, "de")
        outcome = both(lambda _: consent.finish(workspace, LOCAL_ADMIN, "de", callback))
        assert outcome == ["UsageError", "done"]
        assert consent.finish(workspace, LOCAL_ADMIN, "fr", consented(it, "fr")).state == "ok"
        assert postgres.execute("SELECT count(DISTINCT account_id) FROM channel") == [(1,)]
        assert postgres.execute("SELECT count(*) FROM seller_account WHERE seller_id IS NULL") == [(0,)]

        revision = registry.show(workspace, LOCAL_ADMIN, "de").revision
        shipped_by = {"ada": "merchant", "bob": "amazon"}
        edit = {"name": "de", "revision": revision}
        outcome = both(
            lambda who: registry.edit(workspace, Actor(who), edit | {"settings": {"fulfilment": shipped_by[who]}})
        )
        assert outcome == ["UsageError", "done"]
        changes = {"name": app.name, "revision": app.revision, "region": "na"}
        assert both(lambda who: apps.edit(workspace, Actor(who), changes)) == ["UsageError", "done"]

        schedules.set_interval(workspace, LOCAL_ADMIN, "de", 15)
        assert [view.paused for view in schedules.set_paused(workspace, LOCAL_ADMIN, None, True)] == [True, True]
        removal.remove(workspace, LOCAL_ADMIN, "de")
        assert postgres.execute("SELECT count(*) FROM authorization_request") == [(1,)]
