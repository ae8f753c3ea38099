"""What the API reads from the database, and how each path answers when the database or the secret does not serve."""

import json
import os

from . import database, output, secret, secrets_of_rows, traces
from .db_url import DriverError
from .failure import LEAF, PREFIX, Failure, leaf, with_context, wrapped
from .release import RELEASE

# Of each plugin's connections: the columns that are shown as they are, and the encrypted ones.
_CONNECTION_COLUMNS = {"github": (["endpoint"], ["token", "secret_key"]), "jenkins": (["endpoint", "username"], ["password"]), "webhook": ([], [])}


class Rows(list):
    """Rows as dictionaries; `failed` values of them did not decrypt and are empty."""

    failed = 0


class ShortTokenPanic(Exception):
    """The github plugin cuts a `ghp_` token at fixed places, and panics over one that is shorter."""


def read(table, columns, encrypted=(), where="", values=()):
    """Raises DriverError."""
    statement = f"SELECT {', '.join([*columns, *encrypted])} FROM `{table}`{where}"
    rows = Rows(dict(zip([*columns, *encrypted], row)) for row in database.once(statement, values))
    for row in rows:
        for column in encrypted:
            try:
                row[column] = secret.decrypt(os.environ["ENCRYPTION_SECRET"], row[column]) or ""
            except secret.InvalidSecret:
                row[column] = ""
                rows.failed += 1
    return rows


def sanitized(token):
    if token.startswith("ghp_"):
        if len(token) < 40:
            raise ShortTokenPanic
        return token[:4] + "*" * (len(token) - 20) + token[-16:]
    return token[:2] + "*" * max(len(token) - 4, 0) + token[-2:] if token else ""


def connections(plugin, wanted=None):
    """(status, body): a list keeps its array whatever went wrong, so that it tells row by row which secret fits."""
    columns, encrypted = _CONNECTION_COLUMNS.get(plugin, ([], []))
    # A plugin that nothing was set up for has an empty table in the real backend.
    table = f"_tool_{plugin}_connections" if plugin in _CONNECTION_COLUMNS else "_devlake_store"
    columns = ["id", "name", "created_at", "updated_at", *columns] if plugin in _CONNECTION_COLUMNS else ["store_key"]
    where = " WHERE 1 = 0" if plugin not in _CONNECTION_COLUMNS else "" if wanted is None else " WHERE id = %s"
    statement = f"SELECT * FROM `_tool_{plugin}_connections`"
    frames = traces.devlake(f"plugins/{plugin}/api.GetConnection plugins/{plugin}/api/connection_api.go:144") + traces.HANDLER
    try:
        rows = read(table, columns, encrypted, where, () if wanted is None else (wanted,))
    except DriverError as error:
        output.log_statement(error.message, statement)
        if wanted is not None:
            raise wrapped(error, traces.queried(frames), 500) from error
        output.log(wrapped(error, traces.queried(frames), 500).text(), "error")
        return 500, []
    if wanted is not None and not rows:
        raise leaf("record not found (404)", frames, 404)
    failure = secrets_of_rows.failure(rows.failed, statement, frames, len(rows)) if rows.failed else None
    if failure and wanted is not None:
        raise failure
    shown = [_shown_connection(plugin, row) for row in rows]
    if failure:
        output.log(failure.text(), "error")
        return 500, shown
    return 200, shown[0] if wanted is not None else shown


def _times(row):
    return {"createdAt": row["created_at"], "updatedAt": row["updated_at"]}


def _shown_connection(plugin, row):
    if plugin == "github":
        refresh = {"refreshToken": "", "tokenExpiresAt": None, "refreshTokenExpiresAt": None} if RELEASE.auth else {}
        return {"name": row["name"], "id": row["id"], **_times(row), **refresh, "endpoint": row["endpoint"], "proxy": "", "rateLimitPerHour": 0, "authMethod": "AccessToken",
                "token": sanitized(row["token"]), "appId": "", "secretKey": "", "installationId": 0, "enableGraphql": True}
    if plugin == "jenkins":
        return {"name": row["name"], "id": row["id"], **_times(row), "endpoint": row["endpoint"], "proxy": "", "rateLimitPerHour": 0, "username": row["username"], "password": ""}
    return {"name": row["name"], "id": row["id"], **_times(row), "postIssuesEndpoint": f"/rest/plugins/{plugin}/connections/{row['id']}/issues"}


def _listed(table, columns, encrypted, frames, where="", values=()):
    """Raises Failure: a list whose rows do not decrypt is no list."""
    statement = f"SELECT * FROM `{table}`{where}"
    try:
        rows = read(table, columns, encrypted, where, values)
    except DriverError as error:
        output.log_statement(error.message, f"SELECT count(*) FROM `{table}`")
        raise wrapped(error, traces.queried(frames)) from error
    if rows.failed:
        raise secrets_of_rows.failure(rows.failed, statement, frames, len(rows))
    for row in rows:
        if "plan" in row:
            row["plan"] = json.loads(row["plan"] or "null")
    return rows


_BLUEPRINT = ["id", "name", "project_name", "mode", "enable", "is_manual", "cron_config"], ["plan", "before_plan", "after_plan"]
_PROJECT = ["name", "description", "created_at", "updated_at"]
_PIPELINE = ["id", "name", "blueprint_id", "status"], ["plan"]


def _blueprints(where="", values=()):
    frames = traces.devlake("server/services.GetBlueprints server/services/blueprint.go:77", "server/api/blueprints.Index server/api/blueprints/blueprints.go:80") + traces.HANDLER
    shown = _listed("_devlake_blueprints", *_BLUEPRINT, frames, where, values)
    return [
        {"name": row["name"], "projectName": row["project_name"], "mode": row["mode"], "plan": row["plan"], "enable": bool(row["enable"]),
         "cronConfig": row["cron_config"], "isManual": bool(row["is_manual"]), "beforePlan": None, "afterPlan": None, "id": row["id"]}
        for row in shown
    ]


def _pipelines(where="", values=()):
    frames = traces.devlake("server/services.GetDbPipelines server/services/pipeline_helper.go:159", "server/services.GetPipelines server/services/pipeline.go:193",
                            "server/api/pipelines.Index server/api/pipelines/pipelines.go:81") + traces.HANDLER
    shown = _listed("_devlake_pipelines", *_PIPELINE, frames, where, values)
    return [{"id": row["id"], "name": row["name"], "blueprintId": row["blueprint_id"] or 0, "plan": row["plan"], "status": row["status"]} for row in shown]


def _only(rows, what):
    if not rows:
        raise leaf(f"{what} not found (404)", traces.HANDLER, 404)
    return rows[0]


def _handler(call, message, read_rows):
    """A handler puts its words before the error of what it calls."""
    try:
        return read_rows()
    except Failure as failure:
        raise with_context(message, traces.devlake(call), failure, failure.status) from failure


def blueprints():
    found = _blueprints()
    return {"blueprints": found, "count": len(found)}


def blueprint(wanted):
    return _handler("server/api/blueprints.Get server/api/blueprints/blueprints.go:106", "error getting blueprint",
                    lambda: _only(_blueprints(" WHERE id = %s", (wanted,)), "blueprint"))


def pipelines():
    found = _handler("server/api/pipelines.Index server/api/pipelines/pipelines.go:83", "error getting pipelines", _pipelines)
    return {"count": len(found), "pipelines": found}


def pipeline(wanted):
    return _handler("server/api/pipelines.Get server/api/pipelines/pipelines.go:112", "error getting pipeline",
                    lambda: _only(_pipelines(" WHERE id = %s", (wanted,)), "pipeline"))


def tasks(wanted):
    found = _handler("server/api/task.GetTaskByPipeline server/api/task/task.go:54", "error getting tasks",
                     lambda: _listed("_devlake_tasks", ["id", "plugin", "status"], ["options"], traces.HANDLER, " WHERE pipeline_id = %s", (wanted,)))
    return {"tasks": found or None, "count": len(found)}


def _with_blueprint(project):
    found = _blueprints(" WHERE project_name = %s", (project["name"],))
    if not found:
        output.log_error("want to get latest pipeline, but blueprint is nil", "blueprint is nil", "warning")
    raw = {"_raw_data_params": "", "_raw_data_table": "", "_raw_data_id": 0, "_raw_data_remark": ""}
    return {"name": project["name"], "description": project["description"], **_times(project), **raw, "metrics": [], "blueprint": found[0] if found else None}


def projects():
    """Each project is shown with its blueprint, so that one whose blueprint does not decrypt ends the list."""
    found = [_with_blueprint(row) for row in _listed("projects", _PROJECT, [], traces.HANDLER)]
    return {"projects": found if found or RELEASE.probes else None, "count": len(found)}


def project(name):
    def found():
        rows = _listed("projects", _PROJECT, [], traces.HANDLER, " WHERE name = %s", (name,))
        if not rows:
            missing = [("record not found (404)", PREFIX), ("record not found", "*errors.errorString")]
            raise Failure([("trace", traces.HANDLER), (f"could not find project [{name}] in DB (404)", PREFIX), ("trace", traces.queried(traces.HANDLER)), *missing], 404)
        return _with_blueprint(rows[0])

    return _handler("server/api/project.GetProject server/api/project/project.go:50", "error getting project", found)


def onboard():
    """(status, body)."""
    try:
        found = read("_devlake_store", ["store_value"], where=" WHERE store_key = 'onboard'")
    except DriverError as error:
        output.log_statement(error.message, "SELECT * FROM `_devlake_store` WHERE store_key = 'onboard'")
        return 500, {"error": "Error fetching onboard data"}
    return 200, json.loads(found[0]["store_value"]) if found else None


def first_pipeline():
    """What /health reads: the first row and no other. Raises Failure."""
    statement = "SELECT * FROM `_devlake_pipelines` LIMIT 1"
    try:
        rows = read("_devlake_pipelines", ["id"], ["plan"], " LIMIT 1")
    except DriverError as error:
        output.log_statement(error.message, statement)
        raise wrapped(error, traces.queried(traces.HEALTH), 500) from error
    if rows.failed:
        output.log_statement(secrets_of_rows.one(traces.HEALTH), statement, 1)
        raise Failure([("trace", (traces.queried(())[0], traces.REPEATED)), ("trace", traces.decrypting(traces.HEALTH)), ("invalid encryptionSecret", LEAF)])
