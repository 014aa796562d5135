"""Plans exports: targets → listings → outbox. Parents of variations come first, and have ended before the others."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from sqlmodel import Session

from core.amazon.listings import Submitted
from core.amazon.transport import AmazonClient
from core.documents import as_json
from core.jobs.context import ItemResult, JobContext
from core.jobs.phases import PLANNED
from core.listings import NAME, PATCH_KIND, PUT_KIND
from core.listings.checkpoint import Checkpoint
from core.listings.composing import Composed, Composer
from core.listings.exact import ExactView, asked, exact_view, refused_by
from core.listings.exports import Target, exports, mark_clean, plan_in, take
from core.listings.plan import problems
from core.listings.plan.candidate import Wanted
from core.listings.selection import Selection, is_named
from core.model.channel import Channel
from core.products.listings import rows_by_sku
from core.subjects import Owner, Subject
from core.sync.decisions import Hold
from core.sync.outbox import NewIntent
from core.sync.planning import CHUNK, Decided, write
from core.workspace import Workspace

_NOTHING = "Amazon has it as it was sent."
_BEGUN = "It is being sent just now; what it says otherwise goes out after that."


class Planning:
    """One job's planning."""

    def __init__(
        self,
        workspace: Workspace,
        context: JobContext,
        channel: Channel,
        client: AmazonClient,
        seller_id: str,
        *,
        tells_unchanged: bool = True,
    ) -> None:
        """`tells_unchanged`: also what has nothing to be sent is a result of the job."""
        self._database = workspace.database
        self._context = context
        self._channel = channel
        self._client = client
        self._seller_id = seller_id
        self._tells_unchanged = tells_unchanged
        self._whole = is_named(context.params) and not context.params.get("again")
        """Somebody wants all of it: also of what was there before."""
        self._taken: set[str] = set()
        """Of the chunk that is planned, what is clean then."""
        self._composer = Composer(workspace, channel, client, whole=self._whole)
        self._write = partial(
            write, context=context, channel=channel, remote=Owner.seller(channel.account_id), flow=NAME
        )
        self._asks = bool(context.params.get("ask_amazon")) or channel.app_status == "draft"

    def parents(self, selection: Selection) -> None:
        """Plan what stands for variations; what is not mapped is told of the variations themselves."""
        chosen = selection.parents
        for start in range(0, len(chosen), CHUNK):
            self._context.check()
            found = self._compose(chosen[start : start + CHUNK])
            self._decide([one for one in found if not _is_unmapped(one)], {}, self._context.state(Checkpoint))

    def products(self, selection: Selection) -> None:
        """Plan all others, those whose parent is not at Amazon and not on its way apart."""
        context = self._context
        context.phase(PLANNED, "listing")
        last = context.state(Checkpoint).planned_to
        todo = [one for one in selection.targets if one.product_id >= last]  # the last one may have several SKUs
        done = len(selection.targets) - len(todo)
        context.progress(step="Planning listings", done=done, total=len(selection.targets))
        self._hold(selection.held, selection.unknown)
        for start in range(0, len(todo), CHUNK):
            context.check()
            some = todo[start : start + CHUNK]
            found = self._compose(some)
            reached = replace(context.state(Checkpoint), planned_to=some[-1].product_id)
            self._decide(found, self._orphans(some), reached)
            context.progress(done=done + start + len(some))

    def _compose(self, targets: Sequence[Target]) -> list[Composed]:
        if not self._is_preview:
            with self._database.write() as session:
                self._taken = take(session, self._channel, [one.sku for one in targets])
        return self._composer.compose(targets)

    def _orphans(self, targets: Iterable[Target]) -> dict[str, str]:
        """Parents that their variations wait for in vain, and why."""
        skus = sorted({one.parent_sku for one in targets if one.parent_sku})
        if not skus or self._context.params.get("plan_only"):
            return {}
        with self._database.read() as session:
            there = {row.sku for row in rows_by_sku(session, self._channel, skus) if row.closed_at is None}
            sent = {sku for sku, row in exports(session, self._channel, skus).items() if row.attributes is not None}
        return {sku: "see what is said of it." for sku in skus if sku not in there | sent}

    def _decide(self, found: Sequence[Composed], orphans: Mapping[str, str], checkpoint: Checkpoint) -> None:
        decided = Decided()
        planned: list[Target] = []
        answers = self._answers(found)
        views: dict[str, ExactView] = {}
        for one in found:
            target, subject = one.target, Subject("sku", one.target.sku)
            holds = refused_by(answers.get(target.sku)) or _holds(one, orphans)
            if self._is_preview:
                views[str(subject)] = exact_view(one, holds, answers.get(target.sku))
            if holds and one.is_watched and _is_unmapped(one):  # nobody asked for its content to be sent
                decided.settled.append(subject)
            elif holds:
                decided.held[subject] = holds
                decided.results.append(_held(subject, holds[0]))
            elif one.message is None:
                decided.settled.append(subject)
                if self._tells_unchanged:
                    decided.results.append(ItemResult(str(subject), "unchanged", message=_NOTHING))
            else:
                planned.append(target)
                self._note(subject, one.decision)
                kind = PUT_KIND if one.message.attributes is not None else PATCH_KIND
                locks = [str(subject), *([f"sku {target.parent_sku}"] if target.parent_sku else [])]
                decided.intents.append(NewIntent(subject, kind, locks=locks))
        with self._database.write() as session:
            if not self._is_preview:
                plan_in(session, self._channel, planned, whole=self._whole)
            self._begun(session, self._write(session, decided=decided, mark_clean=self._clean))
            for name, view in views.items():
                self._context.result(_shown(name, view))
            self._context.save(session, checkpoint)

    def _begun(self, session: Session, begun: Collection[Subject]) -> None:
        """What is being sent as it was planned before is planned again after that."""
        mark_clean(self._channel, session, [subject.id for subject in begun], dirty=True)
        for subject in begun if self._tells_unchanged else ():
            self._context.result(ItemResult(str(subject), "unchanged", message=_BEGUN))

    def _note(self, subject: Subject, decision: Wanted | Sequence[Hold]) -> None:
        """Say what of a product does not go out as the store has it."""
        if isinstance(decision, Wanted) and decision.notes:
            self._context.event(" ".join(decision.notes), level="warning", subject=str(subject))

    @property
    def _is_preview(self) -> bool:
        return bool(self._context.params.get("plan_only"))

    def _clean(self, session: Session, skus: Sequence[str]) -> None:
        if not self._is_preview:
            mark_clean(self._channel, session, [sku for sku in skus if sku in self._taken])

    def _hold(self, held: Mapping[str, Hold], unknown: Mapping[str, Hold]) -> None:
        decided = Decided(held={Subject("sku", sku): [hold] for sku, hold in held.items()})
        decided.settled = [Subject("sku", sku) for sku in unknown]
        decided.results = [_held(Subject("sku", sku), hold) for sku, hold in {**held, **unknown}.items()]
        with self._database.write() as session:
            self._write(session, decided=decided, mark_clean=self._clean)
            self._context.save(session)

    # -- previews ---------------------------------------------------------------------------------------------

    def _answers(self, found: Sequence[Composed]) -> dict[str, Submitted]:
        """What Amazon says of what is to be sent, where a preview asks it; one call each."""
        answers: dict[str, Submitted] = {}
        for one in found if self._is_preview and self._asks else ():
            self._context.check()
            answer = asked(self._client, self._seller_id, self._channel.marketplace_id, one)
            if answer is not None:
                answers[one.target.sku] = answer
        return answers


def _is_unmapped(one: Composed) -> bool:
    holds = () if isinstance(one.decision, Wanted) else one.decision
    return any(hold.code == "category_unmapped" for hold in holds)


def _holds(one: Composed, orphans: Mapping[str, str]) -> Sequence[Hold]:
    if not isinstance(one.decision, Wanted):
        return one.decision
    is_child = "child_parent_sku_relationship" in one.decision.attributes
    if is_child and one.message is not None and one.target.parent_sku in orphans:
        return [problems.parent_held(one.target.parent_sku, orphans[one.target.parent_sku])]
    return ()


def _held(subject: Subject, hold: Hold) -> ItemResult:
    return ItemResult(str(subject), "held", hold.code, hold.message, hold.fix)


def _shown(subject: str, view: ExactView) -> ItemResult:
    """The result of a preview, with all that it shows."""
    detail = as_json(view)
    if view.problems:
        first = view.problems[0]
        return ItemResult(subject, "held", first.code, first.message, first.fix, detail)
    return ItemResult(subject, "unchanged", message=view.summary, detail=detail)
