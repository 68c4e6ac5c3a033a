"""`make run`: stores, migrations, demo data, the provider and two demo services, until Ctrl-C."""

from __future__ import annotations

import dataclasses
import errno
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from embedded.apps import DemoService, MessageWorker, WebServer, WebSettings
from embedded.authority import Authority
from embedded.errors import StartError, StopRequestedError
from embedded.folder import DataFolder
from embedded.leftovers import ProcessRecord
from embedded.options import RunOptions, provider_environment, read_options
from embedded.output import Output
from embedded.ports import is_free
from embedded.process import Command
from embedded.stores import settled, stores
from embedded.supervisor import Supervisor

__all__ = ["Run", "main"]

_ROOT = Path(__file__).resolve().parent.parent
_DEMO_SERVICES = (("tax", "Tax filing", 1), ("clinic", "Clinic appointments", 2))


class Run:
    """One run from start to stop. `root` is the checkout."""

    def __init__(self, options: RunOptions, variables: Mapping[str, str], root: Path, output: Output) -> None:
        self._options = options
        self._variables = variables
        self._root = root
        self._output = output
        self._authority = Authority(options.data / "authority", "WanGov development authority")

    def perform(self, folder: DataFolder, *, tied_to_parent: bool) -> int:
        """Start everything, wait, stop everything. The exit status: 0 when asked to stop, 1 otherwise."""
        record = ProcessRecord(folder.path / "processes.json")
        record.end_all(self._output)
        self._check_ports()
        supervisor = Supervisor(self._output, record, verbose=self._options.verbose)
        supervisor.take_signals(tied_to_parent=tied_to_parent)
        try:
            self._start(supervisor, folder)
            return supervisor.watch()
        except StopRequestedError:
            return 0
        finally:
            if supervisor.holds_parts:
                self._output.say("Stopping (Ctrl-C again: at once) ...")
                supervisor.stop()
                self._output.say("Stopped.")

    def _start(self, supervisor: Supervisor, folder: DataFolder) -> None:
        options = self._options
        objects_ready: Callable[[], None] = _nothing_to_wait_for
        state = folder.prepare(port=options.port, issuer=options.issuer, embedded=options.embedded)
        folder.note_owner(f"{options.issuer}, process {os.getpid()}")
        if options.embedded:
            state = settled(state)
            folder.save(state)
            postgres, valkey, objects = stores(state)
            # The S3 server takes longest, and nothing needs it before the web server does.
            objects_ready = supervisor.start_aside([objects])
            supervisor.start([postgres, valkey])
        else:
            self._output.say("Using your own PostgreSQL, Valkey and S3 servers.")
        self._output.say("Database: bringing its tables up to date ...")
        variables = provider_environment(options, state, self._variables)
        supervisor.run("migrate", self._flask(variables, "db", "upgrade"))
        supervisor.run("keys", self._flask(variables, "keys", "init"))
        if options.with_demo and state.demo != self._demo_address():
            self._output.say("Demo data: loading people and services to try with ...")
            supervisor.run("demo", self._flask(variables, "demo", "load"))
            state = dataclasses.replace(state, demo=self._demo_address())
            folder.save(state)
        objects_ready()
        demo_services = [self._demo_service(*service) for service in _DEMO_SERVICES] if options.with_demo else []
        worker = MessageWorker(self._root, variables, self._options.data / "metrics")
        supervisor.start([self._web_server(variables), worker, *demo_services])
        self._say_what_to_try()

    def _check_ports(self) -> None:
        wanted = [("", self._options.port)]
        if self._options.with_demo:
            wanted += [
                (f" (for the demo service {title})", self._options.port + step) for _, title, step in _DEMO_SERVICES
            ]
        for purpose, port in wanted:
            if not is_free(port):
                raise StartError(
                    f"port {port}{purpose} is in use by another program: stop it, or choose another with PORT=NUMBER"
                )

    def _flask(self, variables: Mapping[str, str], *arguments: str) -> Command:
        return Command(
            argv=(sys.executable, "-m", "flask", "--app", "wsgi", *arguments),
            environment=variables,
            directory=self._root,
        )

    def _web_server(self, variables: Mapping[str, str]) -> WebServer:
        options = self._options
        return WebServer(
            WebSettings(
                root=self._root, server=options.server, port=options.port, workers=options.workers,
                threads=options.threads, environment=variables, metrics=options.data / "metrics",
                certificate=self._authority.issue("localhost") if options.tls else None,
                authority=self._authority.certificate if options.tls else None,
            )
        )  # fmt: skip

    def _demo_service(self, name: str, title: str, step: int) -> DemoService:
        data = self._options.data
        variables = {
            "PATH": self._variables.get("PATH", os.defpath),
            "LANG": "C.UTF-8",
            "DEMO_ISSUER": self._options.issuer,
            "DEMO_PORT": str(self._options.port + step),
            "DEMO_CLIENT_FILE": str(data / "demo" / f"{name}.json"),
        }
        if self._options.tls:
            variables["DEMO_CA_FILE"] = str(self._authority.certificate)
        return DemoService(name, title, self._root, self._options.port + step, variables)

    def _demo_address(self) -> str:
        return f"{self._options.issuer} {self._options.port}"

    def _say_what_to_try(self) -> None:
        options = self._options
        say = self._output.say
        say("")
        say(f"WanGov ID serves {options.issuer} (open it: it says who to sign in as and what to try)")
        if options.with_demo:
            for _, title, step in _DEMO_SERVICES:
                say(f"  {title}: http://localhost:{options.port + step}")
            say("Sign in at the first service, then open the second: you are known there already.")
        if options.tls:
            say(f"  To be trusted, give your browser the private authority {self._authority.certificate}")
        own = "" if options.data == self._root / "var" else f"WANGOV_DATA={options.data} "
        say(f"Commands: {own}./wangov --help      Data: {options.data}      Stop: Ctrl-C")
        say("")


def _nothing_to_wait_for() -> None:
    """The operator's stores are up already."""


def main(arguments: list[str], variables: Mapping[str, str], root: Path = _ROOT) -> int:
    """Run; whatever prevents it is one message and exit status 1."""
    output = Output()
    try:
        options = read_options(variables)
        with DataFolder(options.data) as folder:
            return Run(options, variables, root, output).perform(folder, tied_to_parent="--tied" in arguments)
    except StartError as error:
        sys.stderr.write(f"make run: {error}.\n")
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        sys.stderr.write("make run: the disk is full: make room and try again.\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
