"""Asks the frameworks themselves: which routes does each fixture app serve, and does it turn strangers away?

    python ask.py FOLDER

imports `app.py` of every folder below FOLDER and prints one JSON object: by the name of the folder, its routes.
A module offers its app as `app`, as `create_app()`, or several as the list `apps`. It may offer headers as `invented`:
credentials that are wrong, for guards that take any.
"""

import asyncio
import importlib
import inspect
import json
import logging
import os
import re
import sys
import traceback
import warnings
from pathlib import Path

import a2wsgi
import connexion
import flask
from starlette.middleware.wsgi import WSGIMiddleware
from starlette.routing import BaseRoute, Mount, WebSocketRoute
from starlette.testclient import TestClient

UUID = "00000000-0000-0000-0000-000000000000"
SAMPLES = {"int": "1", "float": "1.0", "uuid": UUID, "path": "a/b", "default": "a", "string": "abcdefgh"}
LOGIN = re.compile(r"log-?in|sign-?in|/auth\b", re.IGNORECASE)
WEBSOCKET = "WEBSOCKET"


def main(root: Path) -> None:
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    answers = {}
    for folder in sorted(path.parent for path in root.glob("*/app.py")):
        try:
            answers[folder.name] = {"routes": Fixture(folder).routes()}
        except Exception:
            answers[folder.name] = {"error": traceback.format_exc()}
    json.dump(answers, sys.stdout)


class Fixture:
    """One app, imported so that nothing of it stays behind for the next one."""

    def __init__(self, folder: Path):
        self.folder = folder.resolve()

    def routes(self) -> list[dict]:
        modules, path, environment, directory = set(sys.modules), list(sys.path), dict(os.environ), os.getcwd()
        sys.path.insert(0, str(self.folder))
        os.chdir(self.folder)
        importlib.invalidate_caches()
        try:
            found = []
            module = importlib.import_module("app")
            self.invented = getattr(module, "invented", {})
            for app in self.apps(module):
                found.extend(self.served(app))
            return found
        finally:
            for name in set(sys.modules) - modules:
                if self.is_own(getattr(sys.modules[name], "__file__", None)):
                    del sys.modules[name]
            sys.path[:] = path
            os.environ.clear()
            os.environ.update(environment)
            os.chdir(directory)

    def apps(self, module) -> list:
        if hasattr(module, "apps"):
            return list(module.apps)
        return [module.create_app()] if hasattr(module, "create_app") else [module.app]

    def is_own(self, file) -> bool:
        return file is not None and Path(file).resolve().is_relative_to(self.folder)

    def served(self, app) -> list[dict]:
        if isinstance(app, flask.Flask):
            return self.flask_routes(app, app.test_client())
        if isinstance(app, connexion.FlaskApp):
            client = app.test_client()
            # The first request builds the routes.
            client.get("/")
            return self.flask_routes(app.app, client)
        return self.starlette_routes(app, app, "")

    # Flask

    def flask_routes(self, app, client, prefix="") -> list[dict]:
        found = []
        for rule in app.url_map.iter_rules():
            methods = set(rule.methods or ())
            if rule.provide_automatic_options:
                methods.discard("OPTIONS")
            view = app.view_functions.get(rule.endpoint)
            for method in sorted(methods):
                if view is None or method == "HEAD" and "GET" in methods:
                    continue
                path = prefix + rule.rule
                is_refused = is_stranger_refused(client, method, sample_flask(path), self.invented)
                found.append(self.route(method, path, view_method(view, method), is_refused))
        return found

    # FastAPI and Starlette

    def starlette_routes(self, app, holder, prefix) -> list[dict]:
        found = []
        for route in getattr(holder, "routes", None) or []:
            if isinstance(route, Mount):
                found.extend(self.mounted(app, route, prefix + route.path))
            elif isinstance(route, WebSocketRoute):
                path = prefix + route.path
                answer = asyncio.run(is_closed(app, sample_starlette(path)))
                found.append(self.route(WEBSOCKET, path, route.endpoint, answer))
            else:
                found.extend(self.starlette_route(app, route, prefix))
        return found

    def mounted(self, app, mount: Mount, prefix) -> list[dict]:
        inner = mount.app
        if isinstance(inner, (WSGIMiddleware, a2wsgi.WSGIMiddleware)):
            inner = inner.app if isinstance(inner.app, flask.Flask) else inner.app.app
            return self.flask_routes(inner, stranger(app), prefix)
        return self.starlette_routes(app, mount, prefix)

    def starlette_route(self, app, route: BaseRoute, prefix) -> list[dict]:
        found, path = [], prefix + route.path
        methods = route.methods
        if methods is None:
            methods = [verb for verb in ("GET", "POST", "PUT", "PATCH", "DELETE") if hasattr(route.endpoint, verb.lower())]
        for method in sorted(methods):
            if method == "HEAD" and "GET" in methods:
                continue
            is_refused = is_stranger_refused(stranger(app), method, sample_starlette(path), self.invented)
            endpoint = getattr(route.endpoint, method.lower(), route.endpoint)
            found.append(self.route(method, path, endpoint, is_refused))
        return found

    def route(self, method, path, handler, is_refused) -> dict:
        code = innermost(handler)
        own = code is not None and self.is_own(code.co_filename)
        return {
            "method": method,
            "path": path,
            "file": Path(code.co_filename).resolve().relative_to(self.folder).as_posix() if own else None,
            "line": def_line(code) if own else 0,
            "refused": is_refused,
        }


def stranger(app) -> TestClient:
    return TestClient(app, raise_server_exceptions=False)


def is_stranger_refused(client, method, path, invented) -> bool:
    """Whether the app turns away who shows nothing, and who shows invented credentials, if there are any."""
    is_taken_in = bool(invented) and ask(client, method, path, invented).status_code < 300
    return refused(ask(client, method, path, {})) and not is_taken_in


def ask(client, method, path, headers):
    if isinstance(client, TestClient):
        return client.request(method, path, json={}, headers=headers, follow_redirects=False)
    return client.open(path, method=method, json={}, headers=headers)


def refused(answer) -> bool:
    if 300 <= answer.status_code < 400:
        return bool(LOGIN.search(answer.headers.get("location", "")))
    return answer.status_code in (401, 403)


async def is_closed(app, path) -> bool:
    """Whether the app closes a stranger's websocket by itself, before or after accepting it."""
    sent, events = [], [{"type": "websocket.connect"}]

    async def receive():
        return events.pop(0) if events else {"type": "websocket.disconnect", "code": 1001}

    async def send(message):
        sent.append(message)

    scope = {"type": "websocket", "path": path, "raw_path": path.encode(), "root_path": "", "query_string": b""}
    scope |= {"headers": [(b"host", b"testserver")], "subprotocols": [], "scheme": "ws", "app": app, "state": {}}
    scope |= {"client": ("testclient", 50000), "server": ("testserver", 80), "asgi": {"version": "3.0"}}
    try:
        await app(scope, receive, send)
    except Exception:
        pass
    return any(message["type"] == "websocket.close" and message.get("code", 1000) != 1000 for message in sent)


def view_method(view, method):
    """The method of a class-based view that answers, else the view itself."""
    view_class = getattr(view, "view_class", None) or getattr(innermost_function(view), "view_class", None)
    names = (method.lower(), "get" if method == "HEAD" else method.lower(), "dispatch_request")
    return next((getattr(view_class, name) for name in names if hasattr(view_class, name)), view)


def innermost_function(handler):
    while True:
        inner = getattr(handler, "func", None) or getattr(handler, "__func__", None)
        inner = inner or getattr(handler, "__wrapped__", None)
        if inner is None:
            return handler
        handler = inner


def innermost(handler):
    """The code below partial objects, bound methods and decorators that use `functools.wraps`."""
    handler = innermost_function(handler)
    if not hasattr(handler, "__code__") and not inspect.isclass(handler):
        handler = innermost_function(getattr(type(handler), "__call__", handler))
    return getattr(handler, "__code__", None)


def def_line(code) -> int:
    """The line of the `def`; the code object begins at the first decorator."""
    lines = Path(code.co_filename).read_text().splitlines()
    begins = re.compile(rf"\s*(async\s+)?def\s+{re.escape(code.co_name)}\b")
    numbers = range(code.co_firstlineno, len(lines) + 1)
    return next((number for number in numbers if begins.match(lines[number - 1])), code.co_firstlineno)


def sample_flask(rule: str) -> str:
    def value(match):
        converter, arguments = match["converter"] or "default", match["arguments"] or ""
        if converter == "any":
            return arguments.split(",")[0].strip(" '\"")
        return SAMPLES.get(converter, "a")

    return re.sub(r"<(?:(?P<converter>\w+)(?:\((?P<arguments>[^)]*)\))?:)?\w+>", value, rule)


def sample_starlette(path: str) -> str:
    return re.sub(r"\{\w+(?::(\w+))?\}", lambda match: SAMPLES.get(match[1] or "int", "a"), path)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
