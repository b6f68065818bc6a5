"""The commands `boroughwatch anonymity …`: the unlinkable side as a process of its own."""

from __future__ import annotations

from pathlib import Path

import click

from core.commands import cannot_start, data_option, serve_application


@click.group("anonymity")
def anonymity() -> None:
    """Voices without a name. Example: boroughwatch anonymity serve --data DIR --port 8100."""


@anonymity.command("serve")
@data_option
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8100, show_default=True, help="Port to listen on.")
def serve(data_dir: Path, host: str, port: int) -> None:
    """Serve only what is below /a, for a second hostname. Example: boroughwatch anonymity serve --data DIR --port 8100.

    This process knows neither the secret nor the main database. Its host may see IP addresses: give its reverse proxy
    no access log.
    """
    from core.config import ConfigError
    from plugins.anonymity.unlinkable import serving
    from plugins.anonymity.unlinkable.store import WrongVersion

    try:
        serving.check(data_dir)
    except (ConfigError, WrongVersion) as wrong:
        cannot_start(str(wrong))
    serve_application(serving.MADE_BY, data_dir, host, port)
