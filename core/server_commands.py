"""Commands that make and run an instance."""

from __future__ import annotations

from pathlib import Path

import click

from core.commands import cannot_start, data_option, fail, open_app

HOST = click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
PORT = click.option("--port", default=8000, show_default=True, help="Port to listen on.")


@click.command("demo")
@click.option("--data", "data_dir", type=click.Path(path_type=Path, file_okay=False), help="Keep the data here.")
@click.option("--port", default=8000, show_default=True, help="The first borough's port; the second takes the next.")
def demo(data_dir: Path | None, port: int) -> None:
    """Run two made neighbouring boroughs. Example: boroughwatch demo --port 8000."""
    from core import demo as demonstration

    demonstration.run(data_dir, port)


@click.command("init")
@data_option
@click.option("--borough", required=True, help="GSS code of a London borough, like E09000030.")
@click.option("--url", required=True, help="Where people will reach the instance, like https://watch.example.")
@click.option("--admin", required=True, help="E-mail address of the first admin.")
def init(data_dir: Path, borough: str, url: str, admin: str) -> None:
    """Make an instance.

    Example: boroughwatch init --data DIR --borough E09000030 --url https://watch.example --admin name@place.uk
    """
    from core import setup

    try:
        setup.admin_address(admin)  # before anything is made: a half-made folder could not be used again
        setup.write_instance(data_dir, borough=borough, url=url)
    except setup.SetupError as problem:
        fail(str(problem))
    with open_app(data_dir).app_context():
        try:
            link = setup.fill_instance(borough, admin)
        except setup.SetupError as problem:
            fail(str(problem))
    click.echo(f"The instance is in {data_dir}.")
    click.echo(f"One-time link for the admin (48 hours): {link}")
    click.echo(f"Start it with: boroughwatch serve --data {data_dir}")


@click.command("serve")
@data_option
@HOST
@PORT
def serve(data_dir: Path, host: str, port: int) -> None:
    """Run pages, worker and clock. Example: boroughwatch serve --data DIR --port 8000."""
    from core import server

    click.get_current_context().find_root().obj["check"](data_dir)
    _check_port(host, port)
    web_arguments = ["web", "--data", str(data_dir), "--host", host, "--port", str(port)]
    raise SystemExit(server.Supervisor([web_arguments, ["worker", "--data", str(data_dir)]]).run())


@click.command("web")
@data_option
@HOST
@PORT
@click.option("--workers", default=1, show_default=True, help="How many processes serve pages.")
def web(data_dir: Path, host: str, port: int, workers: int) -> None:
    """Run the pages only. Example: boroughwatch web --data DIR --workers 2."""
    from core import server

    _check_port(host, port)
    server.web(data_dir, host, port, workers)


def _check_port(host: str, port: int) -> None:
    from core import server

    problem = server.port_problem(host, port)
    if problem:
        fail(problem)  # not `cannot_start`: a web process that starts anew may have to wait for the last one's port


@click.command("worker")
@data_option
def worker(data_dir: Path) -> None:
    """Run the worker and the clock only. Example: boroughwatch worker --data DIR."""
    from core import jobs, migrate

    app = open_app(data_dir)
    with app.app_context():
        late = migrate.behind()
    if late:
        cannot_start(f"The tables of {', '.join(late)} are old. Run 'boroughwatch db upgrade --data {data_dir}' first.")
    jobs.work_forever(app)


COMMANDS = (demo, init, serve, web, worker)
