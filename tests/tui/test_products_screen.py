"""The Products screen: looking, choosing, importing, linking, by keys."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlmodel import col, select, update
from syrupy.assertion import SnapshotAssertion
from textual.widgets import Static

from core.actor import LOCAL_ADMIN, Actor
from core.fields.plan.gate import AttributeIssue
from core.jobs.requests import Requested
from core.listings.exact import AnswerIssueView, AnswerView, ExactView, ReasonView
from core.model.job import Job, JobState
from core.model.link import ListingLink
from core.model.problem import Problem
from core.workspace import Workspace
from tests.hostile import HOSTILE
from tests.tui.driving import SMALL, WIDE, at, text_of
from tests.tui.order_rows import add_second_channel
from tests.tui.product_rows import ISSUE, add_listing, add_product, fill_products
from tests.tui.rows import add_channel, add_job, add_open_problem, add_problem, add_worker
from tests.tui.shop import Setup
from tui.frame import starting
from tui.screens.products import screen
from tui.screens.products.preview import preview_lines, preview_title
from tui.widgets.fixed import FixedText
from tui.widgets.pick import Pick
from tui.widgets.text_pane import TextPane


class Products(Setup):
    """The application on its Products screen."""

    @property
    def skus(self) -> list[str]:
        """The SKUs that are listed."""
        return [row.lstrip("> *").split()[0] for row in self.rows]

    @property
    def states(self) -> str:
        """The line with the states."""
        return text_of(self.screen.query_one("#scope", FixedText))

    @property
    def details(self) -> str:
        """What is said of the row under the cursor."""
        return self.screen.query_one("#details", TextPane).plain

    @property
    def question(self) -> str:
        """The question on top."""
        return text_of(self.app.screen.query_one("#question", Static))


def exact(sku: str, **changes: Any) -> ExactView:
    """What an export would send of a SKU."""
    attributes = {"item_name": [{"value": "Lämp, green", "language_tag": "de_DE"}]}
    body = {"productType": "LAMP", "requirements": "LISTING", "attributes": attributes}
    issues = (
        AttributeIssue("color", "Colour", "It takes no more than 50 bytes.", "Shorten it in the store."),
        AttributeIssue("item_name", "Name", "Cut to 200 characters.", "", is_blocking=False),
    )
    values = {"operation": "PUT", "product_type": "LAMP", "requirements": "LISTING", "is_listed": False, "body": body}
    values |= {"name": "Lämp, green", "problems": (), "attributes": issues, "amazon": None, **changes}
    return ExactView(sku=sku, product_id=13, **values)


def products_at(workspace: Workspace, size: tuple[int, int] = SMALL, actor: Actor = LOCAL_ADMIN) -> Any:
    """The application on its Products screen, at rest."""
    return at(workspace, "products", size, actor, Products)


def jobs_of(workspace: Workspace) -> list[tuple[str, dict[str, Any]]]:
    """All jobs, in the order in which they were asked for."""
    with workspace.database.read() as session:
        return [(job.kind, job.params) for job in session.exec(select(Job).order_by(Job.id))]  # type: ignore[arg-type]


class TestLooking:
    @pytest.mark.parametrize("size", [SMALL, WIDE], ids=["80x24", "140x45"])
    async def test_list_and_details(
        self, workspace: Workspace, size: tuple[int, int], picture: SnapshotAssertion
    ) -> None:
        """By SKU; each with its state as a word and its reason; of the cursor's both sides."""
        channel = fill_products(workspace)
        add_worker(workspace)
        job = add_job(workspace, JobState.FINISHED_WITH_PROBLEMS, channel, kind="products.import")
        add_problem(workspace, job, "sku A-HELD", code="category_unmapped")
        async with products_at(workspace, size) as it:
            assert it.skus == ["A-HELD", "B-NEW", "C-CODE", "D-HAND", "E-STORE", "F-OLD", "G-FAMILY"]
            assert it.rows[0].endswith(" held: category unmapped")
            assert [row.split()[-1] for row in it.rows[1:]] == ["only", "linked", "linked", "only", "closed", "family"]
            counts = "held 1  Amazon only 1  linked 2  store only 1  closed 1  issues 1 "
            assert it.states == f"[all 7] {counts}"
            assert it.details.startswith(
                "Category unmapped: Amazon's category 123, in which SKU A-HELD is, belongs to none"
            )
            assert f"last job     {job}; o goes to it" in it.details
            assert it.picture == picture
            await it.press("j")
            assert "error 18027 (main_product_image_locator): The main image is missing." in it.details
            await it.press("j", "j")
            assert "in the store 12 OTHER" in it.details
            assert "linked       by anna" in it.details

    async def test_nothing_read(self, workspace: Workspace) -> None:
        """An empty home says how listings come in, and every key stays harmless."""
        async with products_at(workspace) as it:
            assert it.sentence.startswith("No listing of Amazon and no product of the store has been read yet.")
            assert "i reads the seller's listings" in it.sentence
            await it.press(*"iepaxnfluowy", "right", "c", "space", "escape")
            assert it.app.screen is it.screen
            assert "No channel is connected yet." in it.toasts[0]

    async def test_states_filter_order_and_channels(self, workspace: Workspace) -> None:
        """The arrows go through the states, words are searched beyond ASCII, c goes through channels."""
        channel = fill_products(workspace)
        add_listing(workspace, add_second_channel(workspace, channel), "Z-9")
        async with products_at(workspace) as it:
            await it.press("left")
            assert it.skus == ["de"]
            await it.press("left", "left", "slash")
            await it.type("LÄMP")
            await it.press("enter")
            assert "E-STORE" in it.rows[0]
            await it.press("escape", "slash")
            await it.type("unmapped")
            await it.press("enter")
            assert ["A-HELD" in row for row in it.rows] == [True]
            await it.press("escape", "c", "c")
            assert "Z-9" in it.rows[-1]
            assert "store only 3" in it.states

    def test_hostile_preview(self) -> None:
        """What would be sent is the store's text."""
        attribute = AttributeIssue(HOSTILE, HOSTILE, HOSTILE, HOSTILE)
        answer = AnswerView(HOSTILE, HOSTILE, (AnswerIssueView(*[HOSTILE] * 6),))
        seen = exact(
            HOSTILE,
            name=HOSTILE,
            body={"attributes": {HOSTILE: [{"value": HOSTILE}]}},
            problems=(ReasonView(HOSTILE, HOSTILE, HOSTILE),),
            attributes=(attribute, replace(attribute, is_blocking=False)),
            amazon=answer,
        )
        assert all(line.content.plain.isprintable() for line in preview_lines([seen]))
        assert preview_title([seen]).isprintable()

    async def test_hostile_text(self, workspace: Workspace) -> None:
        """Titles, names, and what Amazon says of them are others' text."""
        channel = add_channel(workspace)
        issue = {**ISSUE, "message": HOSTILE, "attribute": HOSTILE}
        add_listing(workspace, channel, f"A{HOSTILE}"[:40], title=HOSTILE, issues=[issue])
        async with products_at(workspace) as it:
            assert all(line.isprintable() for line in (*it.rows, *it.details.split("\n")))

    async def test_another_companys_products_stay_hidden(self, workspace: Workspace) -> None:
        """A vendor sees the own company's channels, and its own and shared products of the store."""
        channel = fill_products(workspace)
        own = add_channel(workspace, "theirs", company_id=7)
        add_listing(workspace, own, "V-1")
        add_product(workspace, channel, 21, "V-2", company_id=7)
        add_product(workspace, channel, 22, "V-3", company_id=8)
        async with products_at(workspace, actor=Actor("vendor", False, channel.store_id, 7)) as it:
            assert it.skus == ["C-CODE", "E-STORE", "OTHER", "V-1", "V-2"]


class TestDoing:
    async def test_import_of_a_channel(self, workspace: Workspace) -> None:
        """All, with the choices of the form."""
        fill_products(workspace)
        async with products_at(workspace) as it:
            await it.press("i")
            assert it.form.now["channel"] == "de"
            await it.to("only_new")
            await it.press("space")
            await it.fill({"by_identifier": "EAN"})
            await it.save()
            assert jobs_of(workspace) == [("products.import", {"only_new": True, "by_identifier": "EAN"})]
            assert it.toasts[-1] == "The import begins. Job 1 started."
            assert it.question.startswith("Queued as job 1. No worker is running, so it stays queued.")
            await it.press("n")
            assert it.app.screen is it.screen

    async def test_import_runs_here_where_no_worker_would(self, workspace: Workspace, monkeypatch: Any) -> None:
        """The person decides; jobs of two channels are asked about together."""
        add_listing(workspace, add_second_channel(workspace, fill_products(workspace)), "Z-9")
        begun: list[Requested] = []
        monkeypatch.setattr(starting, "start", lambda workspace, asked: begun.append(asked))
        async with products_at(workspace) as it:
            await it.press("ctrl+a", "i")
            await it.save()
            assert it.question.startswith("Queued as jobs 1, 2. No worker is running, so they stay queued.")
            await it.press("y")
            assert [(job.job_id, job.here) for job in begun] == [(1, True), (2, True)]

    async def test_import_and_preview_of_marked_ones(self, workspace: Workspace) -> None:
        """All that are listed are marked at once; products without a listing are left out."""
        add_worker(workspace)
        fill_products(workspace)
        async with products_at(workspace) as it:
            await it.press("slash")
            await it.type("lamp")
            await it.press("enter", "ctrl+a", "i")
            assert text_of(it.top.query_one("#form-title", FixedText)) == "Import 2 marked listings"
            await it.save()
            assert jobs_of(workspace) == [("products.import", {"skus": ["C-CODE", "D-HAND"]})]
            await it.press("escape", "home", "p")
            assert jobs_of(workspace)[1:] == [("products.import", {"skus": ["A-HELD"], "plan_only": True})]
            await it.press("j", "j", "j", "j", "p")
            assert it.toasts[-1].startswith("It is a product of the store that Amazon does not list")

    async def test_export_of_marked_ones(self, workspace: Workspace, picture: SnapshotAssertion) -> None:
        """What the channel lists goes by its SKU, other products of the store by their number; the rest is left out."""
        add_worker(workspace)
        fill_products(workspace)
        async with products_at(workspace) as it:
            await it.press("ctrl+a", "e")
            assert it.form.now["which"] == "chosen"
            await it.to("preview")
            await it.press("space")
            assert it.picture == picture
            await it.to("ask_amazon")
            await it.press("space")
            await it.save()
            how = {"plan_only": True, "ask_amazon": True}
            exports = [{"skus": ["C-CODE", "D-HAND"]}, {"product_ids": [13]}]
            assert jobs_of(workspace) == [("products.export", some | how) for some in exports]
            assert it.toasts[-1] == "The export begins. Jobs 1 and 2 started."
            await it.press("home", "e")
            assert it.form.now["which"] == "new"  # the store has no product for it
            await it.save()
            assert jobs_of(workspace)[2:] == [("products.export", {})]

    @pytest.mark.parametrize("size", [SMALL, WIDE], ids=["80x24", "140x45"])
    async def test_what_amazon_would_get_exactly_and_what_it_says_of_it(
        self, workspace: Workspace, monkeypatch: pytest.MonkeyPatch, picture: SnapshotAssertion, size: tuple[int, int]
    ) -> None:
        """Of what the store has, whether or not Amazon lists it; Amazon is asked on request, and nothing is sent."""
        asked: list[tuple[str, Any, Any, bool]] = []

        def seen(workspace: Workspace, actor: Actor, channel: str, **wanted: Any) -> list[ExactView]:
            skus, numbers = wanted.get("skus", ()), wanted.get("product_ids", ())
            asked.append((channel, list(skus), list(numbers), wanted["ask_amazon"]))
            answer = AnswerView("VALID", "B0LAMP0001", ()) if wanted["ask_amazon"] else None
            return [exact("E-STORE", amazon=answer)]

        monkeypatch.setattr(screen, "preview_export", seen)
        add_second_channel(workspace, fill_products(workspace))
        async with products_at(workspace, size) as it:
            await it.press("home", "a")
            assert it.toasts[-1] == "The store has no product for it."
            await it.press("end", "slash")
            await it.type("lämp")
            await it.press("enter", "a")
            assert it.toasts[-1].startswith("There are several channels. c chooses one.")
            await it.press("c", "a")
            assert asked == [("de", [], [13], False)]
            text = it.app.screen.query_one("#text", TextPane)
            assert '"language_tag": "de_DE"' in text.plain
            assert "Colour (color): It takes no more than 50 bytes." in text.plain and "note: Name" in text.plain
            assert it.picture == picture
            await it.press("v")
            assert asked[1:] == [("de", [], [13], True)]
            text = it.app.screen.query_one("#text", TextPane)
            assert "Amazon's validation: VALID, it would be ASIN B0LAMP0001" in text.plain
            await it.press("y")
            assert it.app.clipboard == text.plain
            await it.press("v")
            assert len(asked) == 2, "it was asked already"

    async def test_marked_rows_are_previewed_together(
        self, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """SKUs of a channel by their SKU, products by their number."""
        asked: list[dict[str, Any]] = []

        def seen(workspace: Workspace, actor: Actor, channel: str, **wanted: Any) -> list[ExactView]:
            asked.append({name: list(told) for name, told in wanted.items() if name != "ask_amazon"})
            return [exact(sku) for sku in wanted.get("skus", ["E-STORE"])]

        monkeypatch.setattr(screen, "preview_export", seen)
        fill_products(workspace)
        async with products_at(workspace) as it:
            await it.press("ctrl+a", "a")
            assert asked == [{"skus": ["C-CODE", "D-HAND"]}, {"product_ids": [13]}]
            assert "D-HAND: PUT of LAMP" in it.app.screen.query_one("#text", TextPane).plain
            monkeypatch.setattr(screen, "MOST_SHOWN", 2)
            await it.press("escape", "a")
            assert it.toasts[-1].startswith("The first 2 are shown.") and len(asked) == 3

    async def test_a_held_export_is_fixed_where_its_product_is(self, workspace: Workspace) -> None:
        """Amazon has no listing of it: the reason stands at the product, and the key leads to what fixes it."""
        channel = fill_products(workspace)
        add_open_problem(workspace, channel, "sku E-STORE", "category_unmapped", "Map it.", about="category.10")
        with workspace.database.write() as session:
            session.exec(update(Problem).where(col(Problem.subject) == "sku E-STORE").values(flow="listings"))
        async with products_at(workspace) as it:
            assert it.rows[4].endswith(" store only: category unmapped")
            await it.press("j", "j", "j", "j")
            assert it.details.startswith("Category unmapped: Map it.")
            await it.press("f")
            assert it.screen_name == "mapping"

    async def test_counts_are_compared_and_confirmed(self, workspace: Workspace, picture: SnapshotAssertion) -> None:
        """It says how much would be written; the details say so as long as it is not confirmed."""
        add_worker(workspace)
        fill_products(workspace)
        async with products_at(workspace) as it:
            await it.press("j", "j", "n")
            assert it.picture == picture
            text = it.app.screen.query_one("#text", TextPane).plain
            assert "of 2 listings that were there before, nothing is changed yet" in text
            assert ["C-CODE", "7", "5"] in [line.split() for line in text.splitlines()]
            await it.press("escape")
            assert "not told to Amazon until the counts are confirmed; n compares them" in it.details
            await it.press("n", "f2")
            assert jobs_of(workspace) == [("products.sync", {})]
            assert it.toasts[-1] == "The counts are confirmed. Job 1 started."
            await it.press("j", "k")
            assert "counts are confirmed" not in it.details
            await it.press("n", "f2")
            assert "Confirmed." in it.app.screen.query_one("#text", TextPane).plain

    async def test_closing_asks(self, workspace: Workspace) -> None:
        """Marked listings by their channels; a product without a listing cannot be closed."""
        add_worker(workspace)
        fill_products(workspace)
        async with products_at(workspace) as it:
            await it.press("j", "j", "j", "j", "x")
            assert it.toasts[-1] == "Amazon does not list it: there is nothing to close."
            await it.press("home", "space", "space", "x")
            assert it.question.startswith("Close 2 listings at Amazon?")
            await it.press("n")
            assert jobs_of(workspace) == []
            await it.press("x", "y")
            assert jobs_of(workspace) == [("listings.close", {"skus": ["A-HELD", "B-NEW"]})]

    async def test_unlink_asks(self, workspace: Workspace) -> None:
        """Only what a person linked; the row tells at once what it means now."""
        fill_products(workspace)
        async with products_at(workspace) as it:
            await it.press("j", "j", "u")
            assert it.toasts[-1].startswith("Nobody linked it.")
            await it.press("j", "u")
            assert it.question.startswith("Unlink D-HAND from Lamp, red?")
            await it.press("y")
            with workspace.database.read() as session:
                assert session.exec(select(ListingLink)).all() == []
            assert it.rows[3].endswith("Amazon only")
            assert "store only 2" in it.states

    async def test_link_offers_what_is_similar(self, workspace: Workspace) -> None:
        """Of the listing's own title; where the store does not answer, from what was read of it."""
        channel = fill_products(workspace)
        add_product(workspace, channel, 14, "Z-9", name="B-NEW Amazon edition")
        async with products_at(workspace) as it:
            await it.press("j", "l")
            pick = it.app.screen
            assert isinstance(pick, Pick)
            title = text_of(pick.query_one(".heading", Static))
            assert title == "Which product of the store is B-NEW (B-NEW at Amazon)?"
            await it.press("escape", "end", "l", "escape")
            assert it.app.screen is it.screen

    async def test_problem_and_back(self, workspace: Workspace) -> None:
        """To all that are held for the same, and from there back to the listing."""
        channel = fill_products(workspace)
        job = add_job(workspace, JobState.FINISHED_WITH_PROBLEMS, channel, kind="products.import")
        add_problem(workspace, job, "sku A-HELD", code="category_unmapped")
        async with products_at(workspace) as it:
            await it.press("o")
            assert (it.screen_name, it.table.key) == ("jobs", job)
            await it.press("4", "w")
            assert it.screen_name == "problems"
            await it.press("left", "w")
            assert it.screen_name == "products"
