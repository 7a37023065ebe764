"""Runs small programs and says what became of each.

    python run.py FOLDER

plays the scenario in the head of every program of the folder and prints one JSON object: by the name of the program,
the outcomes that were seen. Each program runs in a process and a folder of its own.
"""

import gc
import json
import os
import shutil
import signal
import sys
import tempfile
import traceback
import warnings
from pathlib import Path

# What programs use is imported before they are told apart, so that each costs little.
import fastapi  # noqa: F401
import flask  # noqa: F401
import httpx  # noqa: F401
import requests  # noqa: F401
import yaml  # noqa: F401

import outcomes
import scenario
import watch

# A program that neither ends nor is seen to wait is an error, not an outcome.
SECONDS = 60


def main(folder: Path) -> None:
    warnings.simplefilter("ignore")
    gc.freeze()
    json.dump({path.stem: apart(path.resolve()) for path in sorted(folder.glob("*.py"))}, sys.stdout)


def apart(path: Path) -> dict:
    """What a process of its own says of a program."""
    desk = Path(tempfile.mkdtemp()).resolve()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        signal.alarm(SECONDS)
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, sys.stdout.fileno())
        os.dup2(silence, sys.stderr.fileno())
        with os.fdopen(writer, "w") as answer:
            json.dump(answered(path, desk), answer)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as answer:
        text = answer.read()
    os.waitpid(child, 0)
    shutil.rmtree(desk)
    return json.loads(text) if text else {"error": "it ended without an answer"}


def answered(path: Path, desk: Path) -> dict:
    try:
        furnish(desk)
        with watch.over(path, desk) as record:
            scenario.play(path, record)
        return {"seen": outcomes.of(record)}
    except BaseException:
        return {"error": traceback.format_exc()}


def furnish(desk: Path) -> None:
    """What programs find where they run: a folder of theirs, one that is not theirs, and a tool that never ends."""
    os.chdir(desk)
    for name in ("uploads", "uploads-outside", "tmp", "bin"):
        Path(name).mkdir()
    Path("uploads/photo.txt").write_text("a photo")
    Path("uploads-outside/secret.txt").write_text("of somebody else")
    tool = Path("bin/converter")
    tool.write_text("#!/bin/sh\nexec sleep 600\n")
    tool.chmod(0o755)
    os.environ["PATH"] = f"{desk}/bin:{os.environ['PATH']}"
    os.environ["TMPDIR"] = tempfile.tempdir = f"{desk}/tmp"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
