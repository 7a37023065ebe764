"""Asks other readers: what do these compose files and Dockerfiles say?

    python ask.py FOLDER

reads every compose file and Dockerfile below FOLDER and prints one JSON object with what they say, by path. Anchors and
merge keys are PyYAML's matter, variables, `extends` and the two forms of each block podman-compose's, Dockerfiles
dockerfile-parse's. No variable is set, as nobody knows what the environment holds.
"""

import contextlib
import io
import json
import os
import re
import sys
from pathlib import Path

import podman_compose
import yaml
from dockerfile_parse import DockerfileParser


OTHERS = {".dockerignore", ".j2", ".jinja2", ".js", ".md", ".py", ".ts"}
REQUIRED = re.compile(r"\$\{\w+:?\?[^}]*\}")


class Texts(yaml.SafeLoader):
    """Scalars as they are written: what a boolean is differs between versions of YAML, and compose keeps the text."""


Texts.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag.endswith((":merge", ":null"))]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
# Tags of compose itself (`!reset`) and of other tools say nothing of the value.
Texts.add_multi_constructor("!", lambda loader, suffix, node: None)


def main(folder: Path) -> None:
    compose, dockerfiles = {}, {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and ".git" not in path.parts):
        name = path.name.lower()
        key = path.relative_to(folder).as_posix()
        if "compose" in name and name.endswith((".yml", ".yaml")):
            with contextlib.suppress(Exception):
                compose[key] = services(path)
        elif name.split(".")[0] == "dockerfile" and path.suffix not in OTHERS or path.suffix == ".dockerfile":
            with contextlib.suppress(Exception):
                dockerfiles[key] = instructions(path)
    json.dump({"compose": compose, "dockerfiles": dockerfiles}, sys.stdout)


def services(path: Path) -> dict:
    content = yaml.load(path.read_text(encoding="utf-8"), Texts)
    found = {name: filled(service or {}) for name, service in content["services"].items()}
    for name, service in found.items():
        found[name] = podman_compose.normalize_service(service)
        found[name]["_deps"] = set()
    here = os.getcwd()
    os.chdir(path.parent)
    try:
        podman_compose.resolve_extends(found, list(found), {})
    finally:
        os.chdir(here)
    return {name: said(service) for name, service in found.items()}


def filled(value):
    """A value with its variables filled in; one that must be set is left empty."""
    if isinstance(value, dict):
        return {key: filled(item) for key, item in value.items()}
    if isinstance(value, list):
        return [filled(item) for item in value]
    if isinstance(value, str):
        return podman_compose.var_interpolate(REQUIRED.sub("", value), {})
    return value


def said(service: dict) -> dict:
    build = service.get("build") or None
    return {
        "image": service.get("image"),
        "context": build and build.get("context", "."),
        "dockerfile": build and build.get("dockerfile"),
        "environment": podman_compose.norm_as_dict(service.get("environment")),
        "command": service.get("command") or [],
        "entrypoint": service.get("entrypoint") or [],
        "ports": [port for port in service.get("ports") or [] if isinstance(port, str)],
        "user": service.get("user"),
    }


def instructions(path: Path) -> list:
    parser = DockerfileParser(fileobj=io.BytesIO(path.read_bytes()))
    found = [(one["instruction"], one["value"]) for one in parser.structure]
    return [(name, "".join(value.split())) for name, value in found if name != "COMMENT"]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
