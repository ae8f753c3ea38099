"""An error of DevLake's error library as it prints it, with and without stack traces."""

from . import traces
from .release import enabled

LEAF = "*errutil.leafError"
PREFIX = "*errutil.withPrefix"
_STACK = "*withstack.withStack"


def stack_traces():
    return enabled("ENABLE_STACKTRACE")


class Failure(Exception):
    """`parts`, outermost first: ("trace", frames) or (message, Go type), and how deep below a joined error where it is
    below one. `status` is that of the HTTP answer."""

    def __init__(self, parts, status=500, causes=None):
        super().__init__(next(part[0] for part in parts if part[0] != "trace"))
        self.parts, self.status, self.causes = tuple(parts), status, causes

    @property
    def message(self):
        return str(self)

    def text(self):
        return render(self.parts)


def render(parts):
    traced = stack_traces()
    shown = [part for part in parts if traced or part[0] != "trace"]
    if len(shown) == 1:
        return shown[0][0]
    lines, types = [], []
    for number, (kind, value, *depth) in enumerate(shown, 1):
        if kind == "trace":
            block = traces.block(value)
            types.append(_STACK)
        else:
            # What a wrapped message has after its first line is set in.
            block = kind if number == 1 else kind.replace("\n", "\n  | ")
            types.append("*hintdetail.withDetail" if number == 1 else value)
        first = block.split("\n", 1)[0]
        branch = " " * (2 + 2 * depth[0]) + "└─ " if depth else ""
        lines.append(block if number == 1 else f"{branch}Wraps: ({number})" + (f" {block}" if first else block))
    lines.append("Error types: " + " ".join(f"({number}) {name}" for number, name in enumerate(types, 1)))
    return "\n".join(lines)


def leaf(message, trace, status=500):
    return Failure([("trace", trace), (message, LEAF)], status)


def wrapped(cause, trace, status=None):
    """A driver's error on its way up: `cause` has a message, and its parts with their Go types."""
    shown = f"{cause.message} ({status})" if status else cause.message
    return Failure([("trace", trace), (shown, PREFIX), *cause.wraps], status or 500)


def with_context(message, frames, inner, status=500):
    """A handler's words before an error; its frames are those of the error below, which are not printed twice."""
    causes = [part[0] for part in inner.parts if part[0] != "trace"][:1]
    return Failure([("trace", (*frames, traces.REPEATED)), (f"{message} ({status})", PREFIX), *inner.parts], status, causes)
