"""What differs between DevLake's releases. STANDIN_RELEASE chooses: v0.21, v1.0.1, v1.0.2 (when none is named) or main."""

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Release:
    version: str
    # /ready, a /health that asks the database, and "code" in the envelope came with v1.0.
    probes: bool = True
    # v0.21 goes back to the gate after a failed migration, and lets a second confirmation run beside the first.
    stays_migrating: bool = True
    # v1.0.2 panics in the handler of a failed migration: 500 with no body. Before, JSON.
    panics_in_handler: bool = True
    # v1.0.1 prints the setting with the wrong verb.
    force_verb: str = "{}"
    # AUTH_ENABLED, with the handlers that it puts before every route; any origin was welcome before.
    auth: bool = False


RELEASES = {
    "v0.21": Release("v0.21.0@0000000", probes=False, stays_migrating=False, panics_in_handler=False),
    "v1.0.1": Release("v1.0.1@0000000", panics_in_handler=False, force_verb="%!s(bool={})"),
    "v1.0.2": Release("v1.0.2@73b9d1f"),
    "main": Release("main@420e494", auth=True),
}
RELEASE = RELEASES[os.environ.get("STANDIN_RELEASE") or "v1.0.2"]


def enabled(key):
    """As Go's strconv.ParseBool reads a setting."""
    return os.environ.get(key, "").lower() in ("1", "t", "true")
