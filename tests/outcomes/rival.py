"""A second request that comes at the worst moment: while the first one is about to open a file.

It has happened when it is answered, or when it waits for a lock: no clock decides.
"""

import asyncio
import fcntl
import sys
import threading
from collections.abc import Callable


class Rival:
    def __init__(self, program: str):
        self.request: Callable | None = None
        self.on_write = False
        self.settled = threading.Event()
        self.thread: threading.Thread | None = None
        self.watch_locks(program)

    def before_reading(self, request: Callable) -> None:
        self.request, self.on_write = request, False

    def before_writing(self, request: Callable) -> None:
        self.request, self.on_write = request, True

    def opens(self, writes: bool) -> None:
        """The program opens a file. On an event loop nobody comes between two steps without an `await`."""
        if self.request is None or writes != self.on_write or asyncio._get_running_loop() is not None:
            return
        request, self.request = self.request, None
        self.thread = threading.Thread(target=self.answer, args=(request,))
        self.thread.start()
        self.settled.wait()

    def answer(self, request: Callable) -> None:
        try:
            request()
        finally:
            self.settled.set()

    def finish(self) -> None:
        if self.thread:
            self.thread.join()
            self.thread = None

    def watch_locks(self, program: str) -> None:
        """Locks that the program makes say when somebody has to wait for them."""
        rival = self

        class Watched:
            def __init__(self, lock):
                self.lock = lock

            def acquire(self, *arguments, **options):
                if self.lock.acquire(blocking=False):
                    return True
                rival.settled.set()
                return self.lock.acquire(*arguments, **options)

            def release(self):
                self.lock.release()

            def __enter__(self):
                return self.acquire()

            def __exit__(self, *_):
                self.release()

        def factory(original):
            def make(*arguments):
                lock = original(*arguments)
                return Watched(lock) if sys._getframe(1).f_code.co_filename == program else lock

            return make

        def flock(file, operation):
            try:
                return lock_file(file, operation | fcntl.LOCK_NB)
            except BlockingIOError:
                rival.settled.set()
                return lock_file(file, operation)

        lock_file = fcntl.flock
        fcntl.flock = flock
        threading.Lock, threading.RLock = factory(threading.Lock), factory(threading.RLock)
