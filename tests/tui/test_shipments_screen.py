"""The Shipments screen: looking, choosing, doing, going, by keys."""

from __future__ import annotations

from typing import Any

from sqlmodel import select
from syrupy.assertion import SnapshotAssertion
from textual.widgets import Static

from core.actor import LOCAL_ADMIN, Actor
from core.channels import registry
from core.model.job import Job, JobState
from core.model.shipment import StoreShipment
from core.model.store import Store
from core.workspace import Workspace
from tests.hostile import HOSTILE
from tests.tui.driving import ALL_SIZES, LARGE, Driven, at, text_of
from tests.tui.order_rows import add_second_channel, number
from tests.tui.rows import add_channel, add_job, add_problem, add_worker
from tests.tui.shipment_rows import CARRIERS, add_missing, add_parcel, fill_shipments
from tests.tui.shop import Setup
from tui.widgets.fixed import FixedText
from tui.widgets.pick import Pick
from tui.widgets.text_pane import TextPane


class Shipments(Setup):
    """The application on its Shipments screen."""

    @property
    def states(self) -> str:
        """The line with the states."""
        return text_of(self.screen.query_one("#scope", FixedText))

    @property
    def details(self) -> str:
        """What is said of the parcel under the cursor."""
        return self.screen.query_one("#details", TextPane).plain

    @property
    def numbers(self) -> list[int]:
        """Which of the parcels are listed."""
        return [int(row.split("302-")[1][:7]) for row in self.rows]


def shipments_at(workspace: Workspace, size: tuple[int, int] = (80, 24), actor: Actor = LOCAL_ADMIN) -> Any:
    """The application on its Shipments screen, at rest."""
    return at(workspace, "shipments", size, actor, Shipments)


def jobs_of(workspace: Workspace) -> list[Job]:
    """All jobs, in the order in which they were asked for."""
    with workspace.database.read() as session:
        return list(session.exec(select(Job).order_by(Job.id)).all())  # type: ignore[arg-type]


class TestLooking:
    @ALL_SIZES
    async def test_list_and_details(
        self, workspace: Workspace, size: tuple[int, int], picture: SnapshotAssertion
    ) -> None:
        """Newest first; each with its state as a word and its reason; of the cursor's both sides."""
        channel = fill_shipments(workspace)
        add_missing(workspace, channel, 20)
        add_worker(workspace)
        job = add_job(workspace, JobState.FINISHED_WITH_PROBLEMS, channel, kind="shipments.push")
        add_problem(workspace, job, "shipment 19", code="carrier_unmapped")
        async with shipments_at(workspace, size) as it:
            assert it.numbers == [19, 18, 17, 16, 15, 14]
            assert it.rows[0].startswith(f"> {number(19)} DHL Paket ")
            assert "tracking     JJD000000019" in it.details
            assert it.rows[0].endswith(" held: carrier unmapped")
            results = [row.split()[-1] for row in it.rows[2:]]
            assert results == ["refused", "waiting", "sent", "verified"]
            assert it.states == "[all 6] held 2  rejected 1  waiting 1  sent 1  verified 1 "
            assert "f: Choose Amazon's name of the carrier" in it.details
            assert "shipment     19 of store order 1019" in it.details
            assert f"last job     {job}; o goes to it" in it.details
            assert "1 order was completed without a shipment: e enters it." in it.details
            assert it.picture == picture
            await it.press("end")
            assert "on Amazon    package 14, DHL, JJD000000014" in it.details
            assert "confirmed    2026-11-23 15:20:01 UTC+01:00" in it.details

    async def test_nothing_shipped(self, workspace: Workspace) -> None:
        """An empty home says how parcels come in, and every key stays harmless."""
        async with shipments_at(workspace) as it:
            assert it.sentence.startswith("No shipment of an Amazon order has been read from the store yet.")
            assert "p reads the store's shipments" in it.sentence
            await it.press(*"pfreowy", "right", "c", "space", "escape")
            assert it.app.screen is it.screen
            assert "No channel is connected yet." in it.toasts[0]

    async def test_states_filter_and_channels(self, workspace: Workspace) -> None:
        """The arrows go through the states, words are searched, and c goes through the channels."""
        channel = fill_shipments(workspace)
        add_parcel(workspace, add_second_channel(workspace, channel), 21)
        async with shipments_at(workspace) as it:
            await it.press("right")
            assert it.numbers == [19, 18]
            await it.press("left", "slash")
            await it.type("paket 1018")
            await it.press("enter")
            assert it.numbers == [18]
            await it.press("escape", "c", "c")
            assert it.numbers == [21]

    async def test_hostile_text(self, workspace: Workspace) -> None:
        """Carriers and numbers are others' text."""
        add_parcel(workspace, add_channel(workspace), 1, carrier=HOSTILE, tracking="[/x]")
        async with shipments_at(workspace) as it:
            assert "[/x]" in it.rows[0]
            assert all(line.isprintable() for line in (*it.rows, *it.details.split("\n")))

    async def test_another_companys_parcels_stay_hidden(self, workspace: Workspace) -> None:
        """A vendor sees those of the own company."""
        channel = fill_shipments(workspace)
        own = add_channel(workspace, "theirs", company_id=7)
        add_parcel(workspace, own, 21)
        async with shipments_at(workspace, actor=Actor("vendor", False, channel.store_id, 7)) as it:
            assert it.numbers == [21]


class TestDoing:
    async def test_an_unmapped_carrier_is_mapped_and_its_parcels_go_out(self, workspace: Workspace) -> None:
        """From the parcel that is held to the push, by keys; one choice for all parcels of that carrier."""
        add_worker(workspace)
        fill_shipments(workspace)
        async with shipments_at(workspace) as it:
            await it.press("f")
            title = text_of(it.app.screen.query_one(".heading", Static))
            assert title == "Channel de: choose Amazon's name of the carrier for DHL Paket"
            await it.type("gls")
            await it.press("enter", "y")
            assert registry.show(workspace, LOCAL_ADMIN, "de").settings["carriers"] == CARRIERS | {"DHL Paket": "GLS"}
            [job] = jobs_of(workspace)
            assert (job.kind, it.screen.started) == ("shipments.push", job.id)
            assert it.toasts[-1].startswith('Carrier: DHL Paket → "GLS", for 2 shipments.')
            await it.press("f")
            await it.type("Van 5")
            await it.press("enter", "y")
            carriers = registry.show(workspace, LOCAL_ADMIN, "de").settings["carriers"]
            assert carriers["DHL Paket"] == "Other:Van 5"

    async def test_all_parcels_of_a_carrier_are_mapped_from_problems(self, workspace: Workspace) -> None:
        """A group of problems is fixed by one choice: every parcel of it is planned again."""
        fill_shipments(workspace)
        async with at(workspace, "problems") as it:
            assert "2" in it.rows[0]
            await it.press("f")
            await it.type("dhl")
            await it.press("enter", "y")
            assert [job.kind for job in jobs_of(workspace)] == ["shipments.push"]

    async def test_retry_marks_the_parcel(self, workspace: Workspace) -> None:
        """A refused parcel is planned again, with a push."""
        fill_shipments(workspace)
        async with shipments_at(workspace) as it:
            await it.press("j", "j", "r")
            with workspace.database.read() as session:
                parcel = session.exec(select(StoreShipment).where(StoreShipment.shipment_id == 17)).one()
            assert parcel.dirty
            assert [job.kind for job in jobs_of(workspace)] == ["shipments.push"]
            assert it.toasts[-1].startswith("The shipment is planned again.")

    async def test_push(self, workspace: Workspace) -> None:
        """The channel under the cursor; where there is none, one that is chosen."""
        add_worker(workspace)
        first = add_channel(workspace)
        other = add_second_channel(workspace, first)
        async with shipments_at(workspace) as it:
            await it.press("p")
            assert isinstance(it.app.screen, Pick)
            await it.type("fr")
            await it.press("enter")
            assert [job.channel_id for job in jobs_of(workspace)] == [other.id]
            assert it.toasts[-1] == "Channel fr: the push begins. Job 1 started."
            add_parcel(workspace, first, 1)
            await it.refresh()
            await it.press("p")
            assert [job.channel_id for job in jobs_of(workspace)] == [other.id, first.id]

    async def test_enter(self, workspace: Workspace) -> None:
        """The order that was completed without a shipment stands there already; carriers are those of the channel."""
        add_worker(workspace)
        channel = fill_shipments(workspace)
        order_id = add_missing(workspace, channel, 20)
        with workspace.database.write() as session:
            session.get_one(Store, channel.store_id).prepared = {"shipping": 1}
        async with shipments_at(workspace, LARGE) as it:
            await it.press("e")
            assert it.form.now["channel"] == "de"
            assert it.form.now["order_id"] == order_id
            await it.save()
            assert it.errors == {"carrier": "it is missing"}
            await it.choose("carrier", "van")
            await it.fill({"tracking": "V-1"})
            await it.save()
            assert it.app.screen is it.screen, it.said
            [job] = jobs_of(workspace)
            told = {"carrier": "van", "tracking": "V-1", "order_id": order_id, "store_order_id": 1020, "shipping_id": 1}
            assert job.params == {"order_ids": [order_id], "enter": told}


class TestGoing:
    async def test_job_problem_and_back(self, workspace: Workspace) -> None:
        """To its job, to all that are held for it, and from there back to the parcel."""
        channel = fill_shipments(workspace)
        job = add_job(workspace, JobState.FINISHED_WITH_PROBLEMS, channel, kind="shipments.push")
        add_problem(workspace, job, "shipment 18", code="carrier_unmapped")
        async with shipments_at(workspace) as it:
            await it.press("j", "o")
            assert (it.screen_name, it.table.key) == ("jobs", job)
            await it.press("3", "w")
            assert it.screen_name == "problems"
            await it.press("left", "w")
            assert it.screen_name == "shipments"
            assert isinstance(it, Shipments)
            assert it.numbers == [19, 18]
            assert "only Carrier unmapped" in it.states

    async def test_an_orders_details_show_its_parcels(self, workspace: Workspace) -> None:
        """Number, carrier, tracking number and state, a line each."""
        fill_shipments(workspace)
        async with at(workspace, "orders", LARGE) as it:
            await it.press("slash")
            await it.type(number(14))
            await it.press("enter")
            assert isinstance(it, Driven)
            details = it.screen.query_one("#details", TextPane).plain
            assert "shipment     14  dhl  JJD000000014  verified" in details
