"""What a row that does not decrypt does to whoever reads it."""

import os

from . import output, secret
from .failure import LEAF, PREFIX, Failure, render, stack_traces
from .traces import decrypting, queried


def decrypts(value):
    try:
        secret.decrypt(os.environ["ENCRYPTION_SECRET"], value)
    except secret.InvalidSecret:
        return False
    return True


def one(frames):
    """The error of a single column."""
    return render([("trace", decrypting(frames)), ("invalid encryptionSecret", LEAF)])


def failure(columns, statement, frames, rows=1):
    """The error of a list whose `columns` values did not decrypt: each of them stands in it, once with every cause."""
    single = one(frames)
    joined = "; ".join([single] * columns)
    output.log_statement(joined, statement, rows)
    return Failure([
        ("trace", queried(frames)),
        (f"{joined} (500)", PREFIX),
        (joined, "*fmt.wrapError"),
        (single if stack_traces() else "", "*errors.crdbErrorImpl"),
        ("invalid encryptionSecret", LEAF if stack_traces() else "*errors.errorString"),
    ])
