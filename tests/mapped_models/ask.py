"""Asks the libraries themselves: what do they map, and what do sessions keep?

    python ask.py MODELS SESSIONS

imports every module of the folder MODELS and says of each mapped class what its columns are; then runs the handlers in
the modules of the folder SESSIONS against SQLite and says how often they commit and what is stored afterwards. Prints
one JSON object.
"""

import asyncio
import contextlib
import importlib.util
import inspect
import json
import sys
import traceback
import warnings
from pathlib import Path

import flask
import sqlalchemy
from sqlalchemy import event
from sqlalchemy.orm import Session, configure_mappers
from sqlalchemy.orm.decl_base import _declarative_constructor


def main(models: Path, sessions: Path) -> None:
    warnings.simplefilter("ignore")
    answers = {"models": each(models, mapped_classes), "sessions": each(sessions, outcomes)}
    json.dump(answers, sys.stdout)


def each(folder: Path, question) -> dict:
    answers = {}
    for path in sorted(folder.glob("*.py")):
        try:
            answers[path.stem] = {"answer": question(load(path))}
        except Exception:
            answers[path.stem] = {"error": traceback.format_exc()}
    return answers


def load(path: Path):
    spec = importlib.util.spec_from_file_location(f"fixture_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


# Models


def mapped_classes(module) -> dict:
    if hasattr(module, "db"):
        app = flask.Flask(module.__name__)
        app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
        module.db.init_app(app)
    configure_mappers()
    found = {}
    for name, value in vars(module).items():
        if inspect.isclass(value) and value.__module__ == module.__name__:
            mapper = sqlalchemy.inspect(value, raiseerr=False)
            if mapper is not None and isinstance(mapper.local_table, sqlalchemy.Table):
                found[name] = mapped_class(value, mapper)
    return found


def mapped_class(cls, mapper) -> dict:
    return {
        "table": mapper.local_table.name,
        "columns": {prop.key: column(mapper, prop) for prop in mapper.column_attrs if is_plain(prop)},
        "relationships": sorted(prop.key for prop in mapper.relationships),
        "attributes": sorted(name for name in set(dir(cls)) | set(mapper.all_orm_descriptors.keys()) if is_public(name)),
        "takes_any": constructor(cls) is _declarative_constructor,
    }


def constructor(cls):
    """What SQLAlchemy has wrapped, once for each mapped class above."""
    found = cls.__init__
    while hasattr(found, "_sa_original_init"):
        found = found._sa_original_init
    return found


def is_public(name: str) -> bool:
    return not name.startswith("_")


def is_plain(prop) -> bool:
    return isinstance(prop.columns[-1], sqlalchemy.Column)


def column(mapper, prop) -> dict:
    # Of the columns of a joined hierarchy the one of the class itself comes first.
    own = prop.columns[0]
    counts = own.table._autoincrement_column is own
    filled = own.default is not None or own.server_default is not None or own.identity is not None or counts
    # The mapper copies the key of the parent's row.
    filled = filled or len(prop.columns) > 1
    return {
        "name": own.name,
        "nullable": own.nullable,
        "primary_key": own.primary_key,
        "unique": bool(own.unique),
        "index": bool(own.index),
        "required": not own.nullable and not filled,
        "foreign_keys": sorted(key.target_fullname for key in own.foreign_keys),
    }


# Sessions


def outcomes(module) -> dict:
    handlers = {name: value for name, value in vars(module).items() if name.startswith("handle_")}
    return {
        "kept_on_success": stored(module, add_only) == 1,
        "kept_on_raise": stored(module, add_and_raise) == 1,
        "handlers": {name: outcome(module, handler) for name, handler in handlers.items()},
    }


def outcome(module, handler) -> dict:
    commits = []
    listener = lambda session: commits.append(session)
    event.listen(Session, "after_commit", listener)
    try:
        kept = stored(module, handler)
    finally:
        event.remove(Session, "after_commit", listener)
    return {"commits": len(commits), "kept": kept}


def stored(module, handler) -> int:
    """How many rows there are after a request that this handler answered, in a database that was empty."""
    asyncio.run(request(module, handler))
    with module.engine_for_counting.begin() as connection:
        count = connection.execute(sqlalchemy.text("SELECT count(*) FROM entries")).scalar()
        connection.execute(sqlalchemy.text("DELETE FROM entries"))
    return count


async def request(module, handler) -> None:
    with contextlib.suppress(RuntimeError):
        if inspect.isasyncgenfunction(module.get_db):
            async with contextlib.asynccontextmanager(module.get_db)() as session:
                answer = handler(session, module.Entry) if handler in (add_only, add_and_raise) else handler(session)
                if inspect.isawaitable(answer):
                    await answer
        else:
            with contextlib.contextmanager(module.get_db)() as session:
                handler(session, module.Entry) if handler in (add_only, add_and_raise) else handler(session)


def add_only(session, entry) -> None:
    session.add(entry(text="a"))


def add_and_raise(session, entry) -> None:
    session.add(entry(text="a"))
    raise RuntimeError("refused")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
