"""Dumps the syntax trees of the files named on standard input, one line per node, for comparison with ours.

For each file a line `== PATH`, then `! REASON` if CPython cannot parse it, or the tree. Positions are
`line:column-line:column` with columns in UTF-8 bytes. What is left out here is explained in differences.md.
"""

import ast
import io
import sys
import tokenize
import warnings

# Positions inside f-strings are exact since 3.12 only.
EXACT_FSTRINGS = sys.version_info >= (3, 12)
ALIASES_HAVE_PLACES = sys.version_info >= (3, 10)

# Not part of our tree: how a name is used, type comments, the `u` prefix, the parentheses around an annotated
# name, and the source text that a template string keeps.
LEFT_OUT = {"ctx", "type_comment", "kind", "simple", "type_ignores", "str"}


def quoted(text):
    """Text in double quotes; what is not printable ASCII as a code point, a lone surrogate as U+FFFD."""
    out = []
    for char in text:
        code = ord(char)
        if 0xD800 <= code <= 0xDFFF:
            code = 0xFFFD
        if 0x20 <= code < 0x7F and char not in '"\\':
            out.append(char)
        else:
            out.append("\\u{%x}" % code)
    return '"' + "".join(out) + '"'


class Dump:
    def __init__(self, source):
        # Lines as the tokenizer sees them, which is not what str.splitlines splits.
        text = source.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        self.lines = text.split(b"\n")
        self.out = []
        self.blind = 0  # inside an f-string whose positions cannot be trusted
        self.named = 0  # inside a string with a character given by name

    def line(self, depth, text, node=None):
        place = ""
        if node is not None and not self.blind and hasattr(node, "lineno"):
            place = f" {node.lineno}:{node.col_offset}-{node.end_lineno}:{node.end_col_offset}"
        self.out.append(" " * depth + text + place)

    def source(self, node):
        first, last = node.lineno - 1, node.end_lineno - 1
        if first == last:
            return self.lines[first][node.col_offset : node.end_col_offset]
        middle = self.lines[first + 1 : last]
        parts = [self.lines[first][node.col_offset :], *middle, self.lines[last][: node.end_col_offset]]
        return b"\n".join(parts)

    def string(self, text, is_named):
        return '"named"' if is_named or self.named else quoted(text)

    def node(self, depth, label, node):
        name = type(node).__name__
        special = getattr(self, "node_" + name, None)
        if special is not None:
            special(depth, label, node)
            return
        head = [label + name]
        children = []
        for field, value in ast.iter_fields(node):
            if field in LEFT_OUT:
                continue
            if isinstance(value, (ast.operator, ast.unaryop, ast.boolop)):
                head.append(f"{field}={type(value).__name__}")
            elif isinstance(value, ast.AST):
                children.append((field, value))
            elif isinstance(value, list) and value and isinstance(value[0], ast.cmpop):
                head.append(f"{field}=" + ",".join(type(op).__name__ for op in value))
            elif isinstance(value, list) and value and isinstance(value[0], str):
                head.append(f"{field}=" + ",".join(value))
            elif isinstance(value, list):
                children.extend((field, item) for item in value)
            elif value is not None:
                head.append(f"{field}={value}")
        self.line(depth, " ".join(head), node)
        for field, value in children:
            if value is None:
                self.line(depth + 1, f"{field}:~")
            else:
                self.node(depth + 1, f"{field}:", value)

    def node_Constant(self, depth, label, node):
        value = node.value
        if isinstance(value, str):
            is_named = not self.blind and b"\\N{" in self.source(node)
            self.line(depth, f"{label}Str {self.string(value, is_named)}", node)
        elif isinstance(value, bytes):
            self.line(depth, f"{label}Bytes {quoted(value.decode('latin-1'))}", node)
        elif isinstance(value, bool) or value is None or value is ...:
            self.line(depth, f"{label}{value}", node)
        elif self.blind:
            self.line(depth, f"{label}Number {type(value).__name__}", node)
        else:
            written = self.source(node).decode()
            self.line(depth, f"{label}Number {type(value).__name__} {written}", node)

    def interpolated(self, depth, label, node):
        is_outermost = self.named == 0 and not self.blind
        is_named = is_outermost and b"\\N{" in self.source(node)
        # A format specification is an f-string of its own, whose place differs between versions.
        self.line(depth, label + type(node).__name__, None if label == "format_spec:" else node)
        self.named += is_named
        self.blind += not EXACT_FSTRINGS
        text = ""
        for value in [*node.values, None]:
            if isinstance(value, ast.Constant):
                text += value.value
                continue
            if text:
                self.line(depth + 1, f"values:Text {self.string(text, False)}")
                text = ""
            if value is not None:
                self.line(depth + 1, f"values:Value conversion={value.conversion}")
                self.node(depth + 2, "value:", value.value)
                if value.format_spec is not None:
                    self.node(depth + 2, "format_spec:", value.format_spec)
        self.named -= is_named
        self.blind -= not EXACT_FSTRINGS

    node_JoinedStr = interpolated
    node_TemplateStr = interpolated

    def node_arguments(self, depth, label, node):
        positional = [*node.posonlyargs, *node.args]
        defaults = [None] * (len(positional) - len(node.defaults)) + node.defaults
        kinds = ["posonly"] * len(node.posonlyargs) + ["positional"] * len(node.args)
        for kind, arg, default in zip(kinds, positional, defaults):
            self.parameter(depth, kind, arg, default)
        if node.vararg is not None:
            self.parameter(depth, "vararg", node.vararg, None)
        for arg, default in zip(node.kwonlyargs, node.kw_defaults):
            self.parameter(depth, "kwonly", arg, default)
        if node.kwarg is not None:
            self.parameter(depth, "kwarg", node.kwarg, None)

    def parameter(self, depth, kind, arg, default):
        place = "" if self.blind else f" {arg.lineno}:{arg.col_offset}"
        self.line(depth, f"parameter {kind} {arg.arg}{place}")
        if arg.annotation is not None:
            self.node(depth + 1, "annotation:", arg.annotation)
        if default is not None:
            self.node(depth + 1, "default:", default)

    def node_MatchSingleton(self, depth, label, node):
        self.line(depth, f"{label}MatchSingleton value={node.value}", node)

    def node_alias(self, depth, label, node):
        asname = "" if node.asname is None else f" asname={node.asname}"
        place = node if ALIASES_HAVE_PLACES else None
        self.line(depth, f"{label}alias name={node.name}{asname}", place)


def main():
    warnings.simplefilter("ignore")
    sys.setrecursionlimit(20_000)
    out = sys.stdout.buffer
    for path in sys.stdin.buffer.read().decode().splitlines():
        out.write(f"== {path}\n".encode())
        with open(path, "rb") as file:
            source = file.read()
        try:
            tree = ast.parse(source)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            out.write(f"! {type(error).__name__}\n".encode())
            continue
        dump = Dump(to_utf8(source))
        dump.node(0, "", tree)
        out.write("\n".join(dump.out).encode("utf-8", "surrogatepass") + b"\n")


def to_utf8(source):
    """The bytes to which the columns of the tree refer."""
    encoding, _ = tokenize.detect_encoding(io.BytesIO(source).readline)
    return source.decode(encoding).encode()


main()
