"""`crossdock channel …`"""

from __future__ import annotations

from typing import Annotated

import typer

from core.channels import consent, listener, registry, removal, verification
from core.channels.consent import ConsentRequest
from core.channels.views import list_channels
from core.checks import checklist
from tui.commands.common import (
    ChannelName,
    From,
    Json,
    NoVerify,
    Yes,
    agree,
    checklist_lines,
    command,
    fields,
    group,
    read_document,
    session,
    show,
    tell,
)
from tui.commands.table import table

app = group("channel", "Channels: add, edit, list, show, authorize, verify, enable, disable, copy, delete.")


@command(app, "add", "channel add --from channel.json", "channel add --from - < channel.json")
def add(source: From, no_verify: NoVerify = False, as_json: Json = False) -> None:
    """Connect a channel; nothing is saved when Amazon refuses it. One of a public app is authorized afterwards."""
    document = read_document(source)
    with session() as (workspace, actor):
        view = registry.add(workspace, actor, document, verify=not no_verify)
    show(view, fields(view), as_json=as_json)


@command(app, "edit")
def edit(source: From, as_json: Json = False) -> None:
    """Change a channel: the document holds its name and what changes."""
    document = read_document(source)
    with session() as (workspace, actor):
        view = registry.edit(workspace, actor, document)
    show(view, fields(view), as_json=as_json)


@command(app, "list")
def list_all(as_json: Json = False) -> None:
    """All channels."""
    with session() as (workspace, actor):
        views = list_channels(workspace, actor)
    rows = [(v.name, v.country, v.store, v.api_mode, "on" if v.enabled else "off", v.state) for v in views]
    empty = ["There is no channel yet. Add one with: crossdock channel add --from FILE"]
    lines = table(rows, ("name", "country", "store", "mode", "enabled", "state")) if rows else empty
    show({"channels": views}, lines, as_json=as_json)


@command(app, "show")
def show_one(name: ChannelName, as_json: Json = False) -> None:
    """One channel with its settings."""
    with session() as (workspace, actor):
        view = registry.show(workspace, actor, name)
    show(view, fields(view), as_json=as_json)


@command(
    app,
    "authorize",
    "channel authorize de",
    "channel authorize de --callback-url 'https://shop.example/amazon?state=…'",
    "channel authorize de --listen",
)
def authorize(
    name: ChannelName,
    callback_url: Annotated[
        str | None, typer.Option(metavar="URL", help="The address that the browser shows after the consent.")
    ] = None,
    listen: Annotated[
        bool, typer.Option("--listen", help="Wait for the browser here; the redirect URL names this machine.")
    ] = False,
    port: Annotated[
        int | None, typer.Option(min=1, max=65_535, help="Listen on this port instead of the redirect URL's.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Let the seller authorize a public app: print the consent URL, or finish with what came back.

    If Amazon's page shows MD1000, draft_app of the app is wrong; if it shows MD5101, its redirect_url is not
    registered with Amazon.
    """
    with session() as (workspace, actor):
        if callback_url is None and not listen:
            request = consent.begin(workspace, actor, name)
            show(request, _how_to_consent(name, request), as_json=as_json)
            return
        if callback_url is not None:
            view = consent.finish(workspace, actor, name, callback_url)
        else:
            view = listener.authorize(workspace, actor, name, tell=_tell_consent, port=port)
    show(view, fields(view), as_json=as_json)


def _how_to_consent(name: str, request: ConsentRequest) -> list[str]:
    return [
        "Open this address in a browser and confirm there:",
        request.consent_url,
        f"Then, within five minutes: crossdock channel authorize {name} --callback-url 'ADDRESS THE BROWSER SHOWS'",
    ]


def _tell_consent(request: ConsentRequest) -> None:
    tell("Open this address in a browser and confirm there:")
    tell(request.consent_url)


@command(app, "verify", "channel verify de")
def verify(name: ChannelName, as_json: Json = False) -> int:
    """Check a channel against Amazon, its store and its mappings."""
    with session() as (workspace, actor):
        checks, failure = verification.verify(workspace, actor, name)
    document = checklist(checks)
    show(document, checklist_lines(document), as_json=as_json)
    if failure is not None:
        return failure.exit_code
    return 0 if document["ok"] else 3


@command(app, "enable")
def enable(name: ChannelName, as_json: Json = False) -> None:
    """Switch a channel on."""
    _switch(name, True, as_json)


@command(app, "disable")
def disable(name: ChannelName, as_json: Json = False) -> None:
    """Switch a channel off: it starts no jobs."""
    _switch(name, False, as_json)


def _switch(name: str, enabled: bool, as_json: bool) -> None:
    with session() as (workspace, actor):
        view = registry.set_enabled(workspace, actor, name, enabled)
    show(view, [f"Channel {name} is {'enabled' if enabled else 'disabled'}."], as_json=as_json)


@command(app, "copy", "channel copy de fr --country FR")
def copy(
    name: ChannelName,
    new: str,
    country: Annotated[str | None, typer.Option(help="Marketplace of the copy, such as FR.")] = None,
    as_json: Json = False,
) -> None:
    """Copy a channel to another marketplace of the same seller; the copy starts disabled."""
    with session() as (workspace, actor):
        view = registry.copy(workspace, actor, name, new, country)
    show(view, fields(view), as_json=as_json)


@command(app, "delete", "channel delete de", "channel delete de --yes")
def delete(name: ChannelName, yes: Yes = False, as_json: Json = False) -> None:
    """Delete a channel, and with the last one of a seller the authorization; orders in the store stay."""
    with session() as (workspace, actor):
        goes = removal.preview(workspace, actor, name)
        agree(goes.sentences(), f"Delete channel {goes.channel}?", yes=yes, typed=goes.channel)
        gone = removal.remove(workspace, actor, name)
    document = {"deleted": gone.channel, "gone": gone}
    show(document, [f"Channel {gone.channel} is deleted."], as_json=as_json)
