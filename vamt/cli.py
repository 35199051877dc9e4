"""The command line: `vamt demo`, `vamt serve`, `vamt clerk`, `vamt init`."""

import asyncio
import getpass
import json
import logging
import os
import shutil
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import click
from aiohttp import web

from vamt import __version__, settings
from vamt.errors import VamtError
from vamt.settings import Settings, SettingsError

CONFIG = click.option(
    "--config",
    type=click.Path(path_type=Path),
    default=Path("vamt.toml"),
    show_default=True,
    help="The town's settings.",
)


@click.group()
@click.version_option(__version__)
def main() -> None:
    """Virtuelles Amt: town-hall errands by video."""
    os.umask(0o077)  # database, key and outbox are nobody else's to read


@main.command()
@click.option("--port", default=8080, show_default=True, help="Port to listen on.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    default=Path(".vamt-demo"),
    show_default=True,
    help="Folder for the demo's database; delete it to start afresh.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON line when ready.")
def demo(port: int, host: str, data: Path, as_json: bool) -> None:
    """Start a fictional town, ready to try."""
    from vamt import app as office
    from vamt import demo as town
    from vamt.serve import serve, set_up_logs

    set_up_logs(people=True)
    town_settings = town.settings(data, host, port)
    clerks = town.passwords(settings.secret_key(town_settings.data_folder))
    app = office.make_app(town_settings, demo_clerks=clerks)
    shown = "localhost" if host == "127.0.0.1" else host
    url = f"http://{shown}:{port}"

    async def ready(app: web.Application) -> None:
        await town.hire(app, clerks)
        facts = {
            "url": f"{url}/",
            "desk_url": f"{url}/amt",
            "clerks": [{"user": c["user"], "password": c["password"]} for c in clerks],
            "mailbox_url": f"{url}/postfach",
        }
        print(json.dumps(facts) if as_json else _welcome(facts, clerks), flush=True)

    _serve(serve, app, town_settings, ready)


def _welcome(facts: dict[str, Any], clerks: list[dict[str, str]]) -> str:
    lines = [
        "",
        "  Virtuelles Amt Amselfingen (eine erfundene Stadt) läuft.",
        "",
        f"  Bürgerin:  {facts['url']}           Termin buchen",
        f"  Postfach:  {facts['mailbox_url']}   alle Mails der Demo",
        f"  Amt:       {facts['desk_url']}        anmelden als",
        "",
        *(f"             {c['user']:<8} {c['password']}   ({c['name']})" for c in clerks),
        "",
        "  Beenden mit Strg+C.",
        "",
    ]
    return "\n".join(lines)


@main.command("serve")
@CONFIG
def serve_command(config: Path) -> None:
    """Run the office of a real town."""
    from vamt.app import make_app
    from vamt.serve import serve, set_up_logs

    town = _load(config)
    set_up_logs(people=False)
    app = make_app(town)
    _serve(serve, app, town, lambda _: print(f"ready on {town.public_url}", flush=True))


def _serve(
    serve: Callable[..., None],
    app: web.Application,
    town: Settings,
    ready: Callable[[web.Application], object],
) -> None:
    try:
        serve(app, town, ready)
    except OSError as error:
        where = f"{town.server.host}:{town.server.port}"
        raise click.ClickException(f"cannot listen on {where}: {error.strerror}") from None


def _load(config: Path) -> Settings:
    try:
        return settings.load(config)
    except SettingsError as error:
        raise click.ClickException(str(error)) from None


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
def init(folder: Path) -> None:
    """Write a commented vamt.toml and the folders of a real town."""
    target = folder / "vamt.toml"
    if target.exists():
        raise click.ClickException(f"{target} is already there; nothing was changed.")
    for name in ("pictures", "services"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    shutil.copy(Path(__file__).parent / "town.toml", target)
    click.echo(f"Wrote {target}. Edit it, then:")
    click.echo(f"  vamt clerk add --config {target} NAME")
    click.echo(f"  vamt serve --config {target}")


@main.command()
@CONFIG
@click.option("--json", "as_json", is_flag=True, help="Print JSON for a monitoring system.")
def check(config: Path, as_json: bool) -> None:
    """Test settings, database, mail, TLS, relay and ports; say what to mend."""
    import structlog

    from vamt.checks import examine

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    found = asyncio.run(examine(config))
    failed = any(one.level == "fail" for one in found)
    if as_json:
        lines = [
            {"part": one.part, "level": one.level, "about": one.about, "text": one.words}
            for one in found
        ]
        click.echo(json.dumps({"ok": not failed, "findings": lines}, ensure_ascii=False))
    else:
        for one in found:
            about = f"{one.about}: " if one.about else ""
            click.echo(f"{one.level:<5} {one.part:<9} {about}{one.words}")
    sys.exit(failed)


@main.command()
@click.argument("pdf", type=click.Path(path_type=Path))
def fields(pdf: Path) -> None:
    """List the fields of a PDF form, as a table to begin with in a service's file."""
    from vamt.catalogue_pdf import snippet
    from vamt.papers.acroform import NotAForm

    try:
        click.echo(snippet(pdf))
    except (NotAForm, OSError) as error:
        words = error.strerror if isinstance(error, OSError) else error
        raise click.ClickException(f"{pdf}: {words}") from None


@main.group()
def clerk() -> None:
    """Accounts of the people at the desks."""


@clerk.command("add")
@CONFIG
@click.argument("user")
@click.option("--name", default="", help="The name citizens see.")
@click.option("--role", type=click.Choice(["clerk", "supervisor", "admin"]), default="clerk")
def clerk_add(config: Path, user: str, name: str, role: str) -> None:
    """Make an account; asks for the password (or reads it from standard input)."""
    password = _new_password()
    _office(config, lambda clerks: clerks.add(user, name, password, role))
    click.echo(f"{user} can sign in.")


def _new_password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Once more: ") != password:
        raise click.ClickException("The two passwords differ.")
    return password


@clerk.command("password")
@CONFIG
@click.argument("user")
def clerk_password(config: Path, user: str) -> None:
    """Give an account a new password and end its sessions."""
    password = _new_password()
    _office(config, lambda clerks: clerks.set_password(user, password))
    click.echo(f"{user} has a new password.")


@clerk.command("enable")
@CONFIG
@click.argument("user")
def clerk_enable(config: Path, user: str) -> None:
    """Unlock an account."""
    _office(config, lambda clerks: clerks.disable(user, disabled=False))
    click.echo(f"{user} can sign in again.")


@clerk.command("list")
@CONFIG
def clerk_list(config: Path) -> None:
    """Show all accounts."""
    for one in _office(config, _all_clerks):
        click.echo(
            f"{one.user:<20} {one.role:<10} {'locked' if one.disabled else '':<7} {one.name}"
        )


async def _all_clerks(clerks: Any) -> Any:
    async with clerks.store.read() as tx:
        return await tx.clerks()


@clerk.command("disable")
@CONFIG
@click.argument("user")
def clerk_disable(config: Path, user: str) -> None:
    """Lock an account and end its sessions."""
    _office(config, lambda clerks: clerks.disable(user))
    click.echo(f"{user} is locked.")


def _office(config: Path, action: Callable[[Any], Awaitable[Any]]) -> Any:
    """Do something with the accounts of a town, server running or not."""
    from vamt.app import Argon2, new_id
    from vamt.services.clerks import Clerks
    from vamt.store.engine import sqlite_url
    from vamt.store.migrate import migrate
    from vamt.store.sql import SqlStore

    town = _load(config)
    town.data_folder.mkdir(parents=True, exist_ok=True)
    url = sqlite_url(town.data_folder / "vamt.sqlite")

    class Nobody:
        """No pages to tell from a shell."""

        def changed(self, appointments: Any = (), *, queue: bool = True) -> None:
            """Nothing to do."""

    async def run() -> Any:
        import time

        await migrate(url)
        store = SqlStore(url)
        try:
            return await action(Clerks(store, time.time, new_id, Nobody(), Argon2()))
        finally:
            await store.close()

    try:
        return asyncio.run(run())
    except VamtError as error:
        raise click.ClickException(error.message % error.params) from None
