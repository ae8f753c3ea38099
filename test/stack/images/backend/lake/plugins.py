"""The plugins that PLUGIN_DIR holds, and what the backend says and refuses while it loads them."""

import os
import threading

from . import output
from .db_url import DriverError
from .failure import wrapped
from .release import RELEASE
from .traces import PLUGINS

# A plugin of these has no migration scripts, no start of its own, or no connections.
_WITHOUT_SCRIPTS = {"dbt", "github_graphql", "org", "refdiff", "starrocks"}
_WITHOUT_INIT = {"ae", "customize", "dbt", "dora", "feishu", "starrocks"}
WITHOUT_CONNECTIONS = {
    "customize", "dbt", "dora", "gitextractor", "github_graphql", "icla", "issue_trace", "linker", "org", "refdiff", "starrocks",
}
_ELF_HEADER_BYTES = 64


def _refused(path, what, parts):
    return wrapped(DriverError(what, parts or [(what, "*errors.errorString")]), PLUGINS)


def load():
    """The names that were loaded. Raises Failure."""
    directory = os.environ.get("PLUGIN_DIR") or "bin/plugins"
    if not os.path.isdir(directory):
        reason = "no such file or directory"
        raise _refused(directory, f"lstat {directory}: {reason}", [(f"lstat {directory}", "*fs.PathError"), (reason, "syscall.Errno")])
    names = []
    for name in sorted(os.listdir(directory)):
        path = os.path.join(directory, name, f"{name}.so")
        if not os.path.isfile(path):
            continue
        if os.path.getsize(path) < _ELF_HEADER_BYTES:
            raise _refused(path, f'plugin.Open("{path}"): {path}: file too short', [])
        names.append(name)
        output.log(f"plugin loaded {name}")
    output.log("Loading remote plugins")
    if RELEASE.probes:
        output.log("all plugins have been loaded")
        for name in names:
            if name not in _WITHOUT_SCRIPTS:
                output.log(f"register plugin:{name}'s migrations scripts")
    return names


def initialise(names):
    for name in names:
        if not RELEASE.probes:
            output.log(f"try to init plugin: {name}")
            output.log(f"init plugin: {name} successfully")
        elif name in _WITHOUT_INIT:
            output.log(f"plugin: {name} doesn't implement 'PluginInit', it will be skipped.")


def metrics(names):
    """GET /plugins."""
    dora = {"requiredDataEntities": [{"model": "cicd_tasks", "requiredFields": {"column": "type", "execptedValue": "Deployment"}}], "runAfter": [], "isProjectMetric": True}
    other = {"requiredDataEntities": None, "runAfter": None, "isProjectMetric": False}
    return [{"plugin": name, "metric": dora if name == "dora" else other} for name in names]


def watch_pipelines(ask):
    """The pipeline service asks the database every second, and says each time when it cannot."""
    output.log(" [pipeline service] get lock and wait next pipeline")

    def work():
        # No end of its own: the process ends it.
        while not threading.Event().wait(1):
            try:
                ask()
            except DriverError as error:
                output.log_statement(error.message, "LOCK TABLES _devlake_pipelines READ, _devlake_pipeline_labels READ")
                output.log_statement(error.message, "UNLOCK TABLES")

    threading.Thread(target=work, daemon=True).start()
