"""Use cases around Amazon applications: public ones that sellers authorize, and private ones of single sellers.

Only admins come here; everybody may know the names of public apps, to make channels of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, delete, func, select, update

from core import clock, countdowns
from core.actor import Actor
from core.amazon.credential_forms import doubt_of_secret
from core.amazon.operations import SCOPE_NOTIFICATIONS
from core.amazon.tokens import Credentials, SecretRefused
from core.app_documents import SOURCE, AppChanges, AppDocument
from core.countdowns import SECRET_GRACE
from core.documents import check, refusal
from core.errors import AuthorizationError, RemoteError, UsageError
from core.model.account import ACCOUNT_NEEDS_SECRET, ACCOUNT_OK, MODE_PUBLIC, App, SecretRotation, SellerAccount
from core.model.base import stored_id
from core.model.channel import Channel
from core.model.setting import GlobalSetting
from core.people.audit import record
from core.people.revisions import refuse_stale
from core.people.rights import require_admin
from core.vault import is_sealed, secret_state
from core.workspace import Workspace

_SEALED = "Its client secret cannot be read with the present key: enter it again."
_UNKNOWN_SCOPE = ("invalid_scope", "unauthorized_client")


@dataclass(frozen=True)
class AppView:
    """An app as admins see it; its secret is never shown."""

    name: str
    mode: str
    app_id: str
    client_id: str
    redirect_url: str
    api_mode: str
    region: str
    draft_app: bool
    secret_set_at: datetime
    secret_expires_at: datetime
    """As told by the operator, otherwise 180 days after it was set."""
    previous_secret_kept: bool
    channels: int
    warnings: tuple[str, ...]
    revision: int
    client_secret: str
    """`set`, or `unreadable` when the key that encrypted it is lost."""


def add(workspace: Workspace, actor: Actor, document: dict[str, Any], *, verify: bool = True) -> AppView:
    """Register an app; nothing is saved when Amazon refuses its client id and secret.

    Raises UsageError for a wrong document, AuthorizationError for refused credentials.
    """
    require_admin(workspace.database, actor, "add apps")
    wanted = check(AppDocument, document, SOURCE)
    values = wanted.model_dump()
    values["application_id"] = values.pop("app_id")
    app = App(**values, secret_set_at=clock.now())
    _require_whole(app)
    if verify:
        _try(workspace, app)
    with workspace.database.write() as session:
        _refuse_double(session, wanted)
        session.add(app)
        record(session, actor, "app.add", f"app {app.name}", mode=app.mode, client_id=app.client_id)
    return show(workspace, actor, wanted.name)


def edit(workspace: Workspace, actor: Actor, document: dict[str, Any], *, verify: bool = True) -> AppView:
    """Change an app; a new secret is stored only if Amazon takes it, the old one serves beside it for its last days.

    Raises UsageError when the document is wrong or somebody else changed the app meanwhile.
    """
    require_admin(workspace.database, actor, "edit apps")
    wanted = check(AppChanges, document, SOURCE)
    changes = wanted.model_dump(exclude_none=True, exclude={"name", "revision"})
    if verify and (wanted.client_secret or wanted.client_id):
        _try(workspace, _changed(get(workspace, actor, wanted.name), changes))
    with workspace.database.write() as session:
        app = session.exec(select(App).where(col(App.name) == wanted.name).with_for_update()).first()
        if app is None:
            raise _unknown(wanted.name)
        refuse_stale(session, f"app {app.name}", app.revision, wanted.revision)
        _refuse_mixing(session, app, wanted)
        if wanted.client_secret not in (None, app.client_secret):
            end_rotation(session, app)
        _changed(app, changes)
        _require_whole(app)
        app.revision += 1
        session.add(app)
        if wanted.client_secret:
            wake_sellers(session, app)
        record(session, actor, "app.edit", f"app {app.name}", changed=sorted(changes), revision=app.revision)
    return show(workspace, actor, wanted.name)


def remove(workspace: Workspace, actor: Actor, name: str) -> None:
    """Delete an app with its client secret; refused while channels use it. Amazon keeps it as it is."""
    require_admin(workspace.database, actor, "delete apps")
    app = get(workspace, actor, name)
    with workspace.database.write() as session:
        session.exec(select(App).where(col(App.id) == app.id).with_for_update()).one()
        accounts = select(SellerAccount.id).where(col(SellerAccount.app_id) == app.id)
        channels = session.exec(select(Channel.name).where(col(Channel.account_id).in_(accounts))).all()
        if channels:
            raise UsageError(
                f"Channels use it: {', '.join(sorted(channels))}.",
                subject=f"app {name}",
                next_step="Delete them first with: crossdock channel delete",
            )
        session.exec(delete(SellerAccount).where(col(SellerAccount.app_id) == app.id))
        session.exec(delete(App).where(col(App.id) == app.id))
        usual = session.get(GlobalSetting, "public_app")
        if usual is not None and usual.value == name:
            session.delete(usual)
        record(session, actor, "app.delete", f"app {name}")


def show(workspace: Workspace, actor: Actor, name: str) -> AppView:
    """One app."""
    app = get(workspace, actor, name)
    with workspace.database.read() as session:
        return _view(session, app)


def list_apps(workspace: Workspace, actor: Actor) -> list[AppView]:
    """All apps by name."""
    require_admin(workspace.database, actor, "see apps")
    with workspace.database.read() as session:
        return [_view(session, app) for app in session.exec(select(App).order_by(App.name)).all()]


def public_names(workspace: Workspace) -> list[str]:
    """The names of the public apps: what a channel can be made of, for every operator."""
    with workspace.database.read() as session:
        return list(session.exec(select(App.name).where(col(App.mode) == MODE_PUBLIC).order_by(App.name)).all())


def get(workspace: Workspace, actor: Actor, name: str) -> App:
    """The row of an app; raises UsageError when there is none."""
    require_admin(workspace.database, actor, "see apps")
    with workspace.database.read() as session:
        app = session.exec(select(App).where(col(App.name) == name)).first()
    if app is None:
        raise _unknown(name)
    return app


def replace_secret(app: App, secret: str, former_ends_at: datetime | None = None) -> None:
    """Give an app another client secret; the one before is kept until `former_ends_at`, by default for a week."""
    if app.client_secret != secret:
        app.previous_secret = None if is_sealed(app.client_secret) else app.client_secret
        app.previous_ends_at = former_ends_at or clock.now() + SECRET_GRACE
        app.client_secret = secret
        app.secret_set_at, app.secret_expires_at = clock.now(), None


def forget_former_secrets(session: Session) -> None:
    """Delete the secrets that Amazon takes no more."""
    now = clock.now()
    for app in session.exec(select(App).where(col(App.previous_secret).is_not(None))):
        if (app.previous_ends_at or app.secret_set_at + SECRET_GRACE) <= now:
            app.previous_secret = app.previous_ends_at = None
            session.add(app)


def wake_sellers(session: Session, app: App) -> None:
    """Let the jobs go on that rested because the app's client secret was dead: another one was entered."""
    session.exec(
        update(SellerAccount)
        .where(col(SellerAccount.app_id) == app.id, col(SellerAccount.state) == ACCOUNT_NEEDS_SECRET)
        .values(state=ACCOUNT_OK, state_reason="", refused_at=None)
    )


def end_rotation(session: Session, app: App) -> None:
    """Wait no longer for a new secret that was asked for: another one was entered by hand."""
    session.exec(
        update(SecretRotation)
        .where(col(SecretRotation.app_id) == app.id, col(SecretRotation.switched_at).is_(None))
        .values(switched_at=clock.now(), secret=None, fault="")
    )


def try_secret(workspace: Workspace, app: App, secret: str) -> None:
    """Ask for a token with another client secret of an app; raises AuthorizationError when Amazon does not take it."""
    tried = {name: getattr(app, name) for name in ("name", "mode", "api_mode", "client_id")}
    _try(workspace, App(**tried, client_secret=secret))


def _changed(app: App, changes: dict[str, Any]) -> App:
    rest = dict(changes)
    if "client_secret" in rest:
        replace_secret(app, rest.pop("client_secret"))
    if "app_id" in rest:
        app.application_id = rest.pop("app_id")
    for name, value in rest.items():
        setattr(app, name, value)
    return app


def _require_whole(app: App) -> None:
    if app.mode == MODE_PUBLIC and not app.application_id:
        raise refusal({"app_id": "it is missing; the consent page of a public app asks for it"}, SOURCE)


def _refuse_double(session: Session, wanted: AppDocument) -> None:
    double = session.exec(
        select(App).where((col(App.name) == wanted.name) | (col(App.client_id) == wanted.client_id))
    ).first()
    if double is not None:
        key = "name" if double.name == wanted.name else "client_id"
        raise refusal({key: f"app {double.name} has it already"}, SOURCE, "Use: crossdock app edit")


def _refuse_mixing(session: Session, app: App, wanted: AppChanges) -> None:
    """What sellers have authorized stays the same application in the same mode."""
    moved = {
        key: "channels of it exist; add another app instead"
        for key in ("client_id", "api_mode")
        if getattr(wanted, key) not in (None, getattr(app, key))
    }
    if moved and session.exec(select(SellerAccount.id).where(col(SellerAccount.app_id) == app.id)).first():
        raise refusal(moved, SOURCE, "Run: crossdock app add")


def _try(workspace: Workspace, app: App) -> None:
    """Ask for a token on the app's own behalf: it tells whether client id and secret fit, without any seller."""
    try:
        workspace.login().fresh(credentials(app).for_scope(SCOPE_NOTIFICATIONS))
    except SecretRefused as error:
        raise AuthorizationError(
            "Amazon does not take this client secret with this client id.",
            subject=f"app {app.name}",
            next_step=error.next_step,
            fields={"client_secret": "Amazon does not take it with this client id"},
        ) from None
    except AuthorizationError:
        pass  # the client is known, it only may not make grantless calls
    except RemoteError as error:
        if error.code not in _UNKNOWN_SCOPE:
            raise


def credentials(app: App) -> Credentials:
    """What an app asks for tokens with on its own behalf."""
    return Credentials(app.client_id, app.client_secret, "", app.previous_secret, api_mode=app.api_mode)


def _unknown(name: str) -> UsageError:
    return UsageError("There is no such app.", subject=f"app {name}", next_step="See: crossdock app list")


def _view(session: Session, app: App) -> AppView:
    channels = session.exec(
        select(func.count())
        .select_from(Channel)
        .join(SellerAccount, col(SellerAccount.id) == Channel.account_id)
        .where(col(SellerAccount.app_id) == stored_id(app.id))
    ).one()
    sealed = is_sealed(app.client_secret)
    doubts = [_SEALED if sealed else doubt_of_secret(app.client_secret)]
    if app.mode == MODE_PUBLIC and not app.redirect_url:
        doubts.append("Without a redirect URL Amazon sends sellers to the first one registered.")
    return AppView(
        name=app.name,
        mode=app.mode,
        app_id=app.application_id,
        client_id=app.client_id,
        redirect_url=app.redirect_url,
        api_mode=app.api_mode,
        region=app.region,
        draft_app=app.draft_app,
        secret_set_at=app.secret_set_at,
        secret_expires_at=countdowns.secret(app.secret_set_at, app.secret_expires_at).ends_at,
        previous_secret_kept=app.previous_secret is not None,
        channels=channels,
        warnings=tuple(doubt for doubt in doubts if doubt),
        revision=app.revision,
        client_secret=secret_state(app.client_secret),
    )
