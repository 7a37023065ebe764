"""Watches a program from outside while it runs: what it opens, starts, waits for, raises, logs and stores.

Nothing here measures time. What would wait for ever is seen when it begins to wait without a limit, and then ended; a
limit that is given runs out at once.
"""

import asyncio
import contextlib
import logging
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import requests
import sqlalchemy
from sqlalchemy import event

from rival import Rival

MARKER = "vault-5521"


class Unforeseen(Exception):
    """No program can name this one."""

    def __init__(self, name: str):
        super().__init__(f"{MARKER} failed for {name}")


@dataclass
class Answer:
    """A request and what came of it."""

    method: str
    path: str
    sent: str
    before: dict[str, str]
    first_event: int
    status: int = 0
    text: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    raised: BaseException | None = None
    after: dict[str, str] = field(default_factory=dict)
    last_event: int = 0
    uploaded: int = 0
    by_other_worker: bool = False

    @property
    def is_success(self) -> bool:
        return self.raised is None and self.status < 400


@dataclass
class Record:
    """Everything that was seen. Events are pairs of a kind and what it is about, in their order."""

    program: str
    desk: str
    silent: str
    rival: Rival
    answers: list[Answer] = field(default_factory=list)
    events: list[tuple[str, object]] = field(default_factory=list)
    children: list[subprocess.Popen] = field(default_factory=list)
    faults: dict[str, type[BaseException]] = field(default_factory=dict)
    # The files once everybody was answered.
    kept: dict[str, str] = field(default_factory=dict)

    def moment(self) -> int:
        return len(self.events)

    def saw(self, kind: str, about: object = None) -> None:
        self.events.append((kind, about))

    def of(self, kind: str, answer: Answer | None = None) -> list:
        """What the events of a kind are about: all, or those during a request."""
        events = self.events[answer.first_event : answer.last_event] if answer else self.events
        return [about for seen, about in events if seen == kind]

    def is_running(self) -> bool:
        """Whether the program itself is what runs now, by a call it has made."""
        frame = sys._getframe(1)
        while frame:
            if frame.f_code.co_filename == self.program:
                return True
            frame = frame.f_back
        return False


def snapshot() -> dict[str, str]:
    """The files where the program runs, with their texts."""
    texts = {}
    for path in Path().rglob("*"):
        if path.parts[0] == "bin" or path.is_dir():
            continue
        # A rival may rename a file in the meantime.
        with contextlib.suppress(FileNotFoundError):
            texts[str(path)] = path.read_text(errors="replace")
    return texts


@contextlib.contextmanager
def over(path: Path, desk: Path) -> Iterator[Record]:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        os.environ["SILENT"] = f"http://{address}"
        os.environ["SILENT_HOST"], os.environ["SILENT_PORT"] = address.split(":")
        record = Record(str(path), str(desk), address, Rival(str(path)))
        for begin in (logs, exceptions, files, sockets, children, sleeping, statements, clients):
            begin(record)
        yield record
        sys.settrace(None)
        threading.settrace(None)
        for child in record.children:
            if child.poll() is None:
                record.saw("child-left", child.args)
                child.kill()
                child.wait()


def logs(record: Record) -> None:
    class Collector(logging.Handler):
        def emit(self, entry: logging.LogRecord) -> None:
            if entry.name != "httpx":  # the test client itself
                record.saw("log", self.format(entry))

    logging.basicConfig(level=logging.INFO, handlers=[Collector()], force=True)


def exceptions(record: Record) -> None:
    """Exceptions that pass through the program's own frames."""

    def in_frame(frame, kind, argument):
        if kind == "exception" and not isinstance(argument[1], (StopIteration, asyncio.CancelledError)):
            record.saw("exception", argument[1])
        return in_frame

    def in_any(frame, kind, argument):
        return in_frame if frame.f_code.co_filename == record.program else None

    sys.settrace(in_any)
    threading.settrace(in_any)


def files(record: Record) -> None:
    def hook(kind: str, arguments: tuple) -> None:
        if kind != "open" or not isinstance(arguments[0], (str, bytes, os.PathLike)) or not record.is_running():
            return
        path = Path(os.path.realpath(os.fsdecode(arguments[0])))
        if not path.is_relative_to(record.desk) and not path.name in record.faults:
            return
        if fault := record.faults.get(path.name):
            raise fault(path.name)
        writes = bool((arguments[2] or 0) & (os.O_WRONLY | os.O_RDWR))
        record.saw("write" if writes else "read", str(path))
        record.rival.opens(writes)

    sys.addaudithook(hook)


def sockets(record: Record) -> None:
    """The other side never answers: a limit runs out at once, and without one this is a wait for ever."""

    def receiving(original):
        def receive(self, *arguments):
            if self.family != socket.AF_INET:
                return original(self, *arguments)
            if self.gettimeout() is None:
                record.saw("endless-wait", "socket")
                raise ConnectionAbortedError
            raise TimeoutError

        return receive

    def hook(kind: str, arguments: tuple) -> None:
        if kind == "socket.connect" and record.is_running():
            record.saw("connect", arguments[1])
            blocks(record)

    for name in ("recv", "recv_into"):
        setattr(socket.socket, name, receiving(getattr(socket.socket, name)))
    sys.addaudithook(hook)


def children(record: Record) -> None:
    def started(self, *arguments, **options):
        begin(self, *arguments, **options)
        record.children.append(self)
        blocks(record)

    def waiting(original, position: int):
        def wait(self, *arguments, timeout=None):
            given = arguments[position] if len(arguments) > position else timeout
            if given is not None:
                return original(self, *arguments[:position], timeout=min(given, 0.05))
            if self.poll() is None and "converter" in str(self.args) and not getattr(self, "was_stopped", False):
                record.saw("endless-wait", self.args)
                self.kill()
            return original(self, *arguments)

        return wait

    def stopping(self, signal):
        self.was_stopped = True
        send(self, signal)

    begin, send = subprocess.Popen.__init__, subprocess.Popen.send_signal
    subprocess.Popen.__init__ = started
    subprocess.Popen.send_signal = stopping
    subprocess.Popen.wait = waiting(subprocess.Popen.wait, 0)
    subprocess.Popen.communicate = waiting(subprocess.Popen.communicate, 1)


def sleeping(record: Record) -> None:
    def sleep(_: float) -> None:
        blocks(record)

    time.sleep = sleep


def blocks(record: Record) -> None:
    """Called where a thread stands still: the event loop with it, if it runs there."""
    if asyncio._get_running_loop() is not None and record.is_running():
        record.saw("blocked-loop")


def statements(record: Record) -> None:
    def executed(connection, cursor, statement, *_) -> None:
        if statement.split()[0] in ("INSERT", "UPDATE", "DELETE"):
            record.saw("row-change", statement)

    engine = sqlalchemy.engine.Engine
    event.listen(engine, "before_cursor_execute", executed)
    event.listen(engine, "commit", lambda connection: record.saw("commit"))
    event.listen(engine, "rollback", lambda connection: record.saw("rollback"))


def clients(record: Record) -> None:
    """Engines and sessions that the program itself makes."""

    def create_engine(*arguments, **options):
        record.saw("client")
        return create(*arguments, **options)

    class Session(requests.Session):
        def __init__(self):
            record.saw("client")
            super().__init__()

    create: Callable = sqlalchemy.create_engine
    sqlalchemy.create_engine, requests.Session = create_engine, Session
