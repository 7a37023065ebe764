"""Plays what the head of a program asks for.

| comment | does |
|---|---|
| `# file: NAME TEXT` | puts a file where the program runs |
| `# request: METHOD PATH [JSON]` | makes a request, with a JSON body if there is one |
| `# upload: METHOD PATH FIELD NAME TEXT` | sends a file; `TEXT * N` repeats the text |
| `# other-worker: METHOD PATH [JSON]` | makes a request to a second worker and to the first |
| `# meanwhile-read: …`, `# meanwhile-write: …` | makes a request while the next one opens a file to read or write it |
| `# unforeseen: NAME` | from now on, opening this file fails with an error that nobody foresaw |
| `# interrupt: NAME` | from now on, somebody presses Ctrl-C when this file is opened |
| `# full-disk` | from now on, no file grows beyond a kilobyte |

`$SILENT` stands for a server inside that takes connections and never answers.
"""

import asyncio
import gc
import importlib.util
import json
import os
import re
import resource
from io import BytesIO
from pathlib import Path

import flask
from starlette.testclient import TestClient

from watch import Answer, Record, Unforeseen, snapshot

STEP = re.compile(r"# (file|request|upload|other-worker|meanwhile-\w+|unforeseen|interrupt|full-disk)(?:: (.*))?$")


def play(path: Path, record: Record) -> None:
    steps = [step.groups() for line in path.read_text().splitlines() if (step := STEP.match(line))]
    for _, said in (step for step in steps if step[0] == "file"):
        name, text = said.split(" ", 1)
        Path(name).write_text(text)
    with Worker(path, record) as worker:
        for kind, said in steps:
            STEPS[kind](worker, said)
            record.rival.finish()
            worker.settle()
    record.kept = snapshot()


class Worker:
    """A process that serves the program, as far as its modules are concerned: nothing in them is shared."""

    def __init__(self, path: Path, record: Record):
        self.path, self.record = path, record
        spec = importlib.util.spec_from_file_location(f"{path.stem}_{id(self)}", path)
        self.program = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(self.program)
        app = self.program.app
        self.wsgi = app if isinstance(app, flask.Flask) else None
        self.asgi = None if self.wsgi else TestClient(app, follow_redirects=False)

    def __enter__(self) -> "Worker":
        if self.asgi:
            self.asgi.__enter__()
        return self

    def __exit__(self, *_) -> None:
        if self.asgi:
            self.asgi.__exit__(None, None, None)

    def settle(self) -> None:
        """What has been begun gets as far as it gets, and what nobody keeps goes."""
        if self.asgi:
            self.asgi.portal.call(turns)
        gc.collect()

    def ask(self, method: str, path: str, sent: str, **content) -> Answer:
        answer = Answer(method, path, sent, before=snapshot(), first_event=self.record.moment())
        try:
            if self.wsgi:
                reply = self.wsgi.test_client().open(path, method=method, **content)
                answer.status, answer.text = reply.status_code, reply.get_data(as_text=True)
            else:
                reply = self.asgi.request(method, path, **content)
                answer.status, answer.text = reply.status_code, reply.text
            answer.headers = {name.lower(): value for name, value in reply.headers.items()}
        except (Exception, KeyboardInterrupt) as error:
            answer.raised = error
        answer.after, answer.last_event = snapshot(), self.record.moment()
        self.record.answers.append(answer)
        return answer

    def request(self, said: str) -> Answer:
        method, path, body = (said.replace("$SILENT", self.record.silent) + "  ").split(" ", 2)
        content = {"json": json.loads(body)} if body.strip() else {}
        return self.ask(method, path, f"{path} {body}", **content)

    def upload(self, said: str) -> None:
        method, path, field, name, text = said.split(" ", 4)
        text, _, times = text.partition(" * ")
        data = (text * int(times or 1)).encode()
        if self.wsgi:
            answer = self.ask(method, path, text, data={field: (BytesIO(data), name)})
        else:
            answer = self.ask(method, path, text, files={field: (name, data)})
        answer.uploaded = len(data)

    def other_worker(self, said: str) -> None:
        with Worker(self.path, self.record) as other:
            other.request(said).by_other_worker = True
        self.request(said)

    def meanwhile_read(self, said: str) -> None:
        self.record.rival.before_reading(lambda: self.request(said))

    def meanwhile_write(self, said: str) -> None:
        self.record.rival.before_writing(lambda: self.request(said))

    def unforeseen(self, name: str) -> None:
        self.record.faults[name] = Unforeseen

    def interrupt(self, name: str) -> None:
        self.record.faults[name] = KeyboardInterrupt

    def full_disk(self, _: None) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1024, resource.RLIM_INFINITY))


async def turns() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


STEPS = {
    "file": lambda worker, said: None,
    "request": Worker.request,
    "upload": Worker.upload,
    "other-worker": Worker.other_worker,
    "meanwhile-read": Worker.meanwhile_read,
    "meanwhile-write": Worker.meanwhile_write,
    "unforeseen": Worker.unforeseen,
    "interrupt": Worker.interrupt,
    "full-disk": Worker.full_disk,
}
