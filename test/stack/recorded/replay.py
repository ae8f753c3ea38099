"""Runs the backend's stand-in through cases that arrive as JSON on stdin, beside a database on port 3306 of this host.

A case: {name, env, release, database, prepare: [step], ports?, requests: [request or step]}. A result: {name, exitCode (null
while it ran on), stdout, stderr, answers: [{status, headers, body, seconds}]}.
"""

import concurrent.futures
import contextlib
import http.client
import json
import os
import socket
import subprocess
import sys
import threading
import time

import pymysql

sys.path.insert(0, "/app")
os.environ.setdefault("ENCRYPTION_SECRET", "unused")
from lake import secret  # noqa: E402

SECRET = "A" * 32
TOKEN = "ghp_" + "F" * 36
PLAN = json.dumps([[{"plugin": "org", "options": {}}]])
_log_directory = "/tmp/logs"
_next_port = iter(range(20000, 30000))
_port_lock = threading.Lock()


def root(database=None):
    return pymysql.connect(host="127.0.0.1", user="root", password="admin", database=database, autocommit=True, charset="utf8mb4")


def sql(database, *statements):
    connection = root(database)
    try:
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
    finally:
        connection.close()


def new_port():
    with _port_lock:
        return next(_next_port)


class Backend:
    def __init__(self, env, port):
        plain = {key: os.environ[key] for key in ("PATH", "PYTHONPATH") if key in os.environ}
        self.port = port
        self.process = subprocess.Popen(
            ["python3", "-m", "lake"], cwd="/app", env={**plain, "LOGGING_DIR": _log_directory, **env}, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        self.said = {}
        self.readers = [threading.Thread(target=self._read, args=(name,), daemon=True) for name in ("stdout", "stderr")]
        for reader in self.readers:
            reader.start()

    def _read(self, name):
        self.said[name] = getattr(self.process, name).read().decode(errors="replace")

    def wait(self, seconds=25):
        """True when its port is open; false when it ended."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                return False
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return True
            except OSError:
                time.sleep(0.03)
        raise TimeoutError("the backend neither listened nor ended")

    def stop(self, kill=False):
        code = self.process.poll()
        if code is None:
            (self.process.kill if kill else self.process.terminate)()
            self.process.wait()
        for reader in self.readers:
            reader.join()
        return code

    def ask(self, request):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        started = time.monotonic()
        connection.request(request["method"], request["path"], headers=request.get("headers") or {})
        response = connection.getresponse()
        body = response.read().decode()
        connection.close()
        return {"status": response.status, "headers": dict(response.getheaders()), "body": body, "seconds": time.monotonic() - started}


class Proxy:
    """A way to the database that can be cut and mended, or hold its breath."""

    def __init__(self):
        self.port = new_port()
        self.open = []
        self.hung = False
        self.listen()

    def listen(self):
        self.server = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, args=(self.server,), daemon=True).start()

    def _accept(self, server):
        while True:
            try:
                client, _ = server.accept()
            except OSError:
                return
            self.open.append(client)
            if self.hung:
                continue
            upstream = socket.create_connection(("127.0.0.1", 3306))
            self.open.append(upstream)
            for source, target in ((client, upstream), (upstream, client)):
                threading.Thread(target=self._pump, args=(source, target), daemon=True).start()

    @staticmethod
    def _pump(source, target):
        try:
            while data := source.recv(65536):
                target.sendall(data)
        except OSError:
            pass
        target.close()

    def cut(self):
        for one in (self.server, *self.open):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        self.open = []


def migrate(case):
    sql(None, f"DROP DATABASE IF EXISTS `{case['database']}`", f"CREATE DATABASE `{case['database']}`")
    if _template_ready.is_set():
        connection = root("template")
        with connection.cursor() as cursor:
            cursor.execute("SHOW TABLES")
            tables = [name for (name,) in cursor.fetchall()]
        connection.close()
        copies = [(f"CREATE TABLE `{name}` LIKE template.`{name}`", f"INSERT INTO `{name}` SELECT * FROM template.`{name}`") for name in tables]
        sql(case["database"], *(statement for copy in copies for statement in copy))
        return
    port = new_port()
    backend = Backend({"ENCRYPTION_SECRET": SECRET, "DB_URL": f"mysql://merico:merico@127.0.0.1:3306/{case['database']}", "PORT": str(port)}, port)
    ready = backend.wait()
    backend.stop(kill=True)
    if not ready:
        raise RuntimeError(backend.said["stderr"])


def rows(case, step):
    under = step.get("secret") or SECRET
    enc = lambda text: secret.encrypt(under, text)  # noqa: E731
    stamp = "NOW(3), NOW(3)"
    statements = {
        "connections": [
            f"INSERT INTO _tool_github_connections (created_at, updated_at, name, endpoint, token, secret_key) VALUES ({stamp}, 'github', 'https://api.github.com/', '{enc(TOKEN)}', '{enc('')}')",
            f"INSERT INTO _tool_jenkins_connections (created_at, updated_at, name, endpoint, username, password) VALUES ({stamp}, 'jenkins', 'http://localhost:9/', 'u', '{enc('p')}')",
            f"INSERT INTO _tool_webhook_connections (created_at, updated_at, name) VALUES ({stamp}, 'webhook')",
        ],
        "second connection": [
            f"INSERT INTO _tool_github_connections (created_at, updated_at, name, endpoint, token, secret_key) VALUES ({stamp}, 'second', 'https://api.github.com/', '{enc(TOKEN)}', '{enc('')}')",
        ],
        "no second connection": ["DELETE FROM _tool_github_connections WHERE name = 'second'"],
        "project": [f"INSERT INTO projects (created_at, updated_at, name, description) VALUES ({stamp}, 'octo-org', 'x')"],
        "blueprint": [
            "INSERT INTO _devlake_blueprints (created_at, updated_at, name, project_name, mode, plan, enable, is_manual, cron_config, before_plan, after_plan) "
            f"VALUES ({stamp}, 'b', 'octo-org', 'NORMAL', '{enc(PLAN)}', {step.get('enable', True)}, {step.get('manual', False)}, '0 0 * * 1', '{enc('null')}', '{enc('null')}')",
        ],
        "pipeline": [
            f"INSERT INTO _devlake_pipelines (created_at, updated_at, name, blueprint_id, plan, status) VALUES ({stamp}, 'p1', 0, '{enc(PLAN)}', 'TASK_COMPLETED')",
            f"INSERT INTO _devlake_tasks (created_at, updated_at, pipeline_id, plugin, options, status) VALUES ({stamp}, 1, 'org', '{enc('{}')}', 'TASK_COMPLETED')",
        ],
    }
    sql(case["database"], *(statement for kind in step["rows"] for statement in statements[kind]))


_PLUGINS = {"none": [], "three": ["github", "org", "webhook"], "five": ["dora", "github", "jenkins", "org", "webhook"], "bad": ["webhook"]}


def make_plugins(kind):
    path = f"/tmp/plugins-{kind}"
    os.makedirs(path)
    for name in _PLUGINS[kind]:
        os.makedirs(f"{path}/{name}", exist_ok=True)
        with open(f"{path}/{name}/{name}.so", "wb") as file:
            file.write(b"\0" * (10 if kind == "bad" else 64))


_template_ready = threading.Event()


def prepare(case, step, held):
    if "migrate" in step:
        migrate(case)
    elif "rows" in step:
        rows(case, step)
    elif "sql" in step:
        sql(case["database"], *step["sql"])
    elif "database" in step:
        sql(None, f"DROP DATABASE IF EXISTS `{case['database']}`", f"CREATE DATABASE `{case['database']}`")
    elif "backend" in step:
        port = new_port()
        held.append(Backend({**case["env"], "PORT": str(port)}, port))
        held[-1].wait()


def run(case):
    held, begun = [], time.monotonic()
    result = {"name": case["name"], "answers": []}
    proxy = Proxy() if case.get("proxy") else None
    try:
        env = dict(case["env"])
        if "plugins" in case:
            env["PLUGIN_DIR"] = f"/tmp/plugins-{case['plugins']}"
        if proxy:
            env["DB_URL"] = env["DB_URL"].replace(":3306", f":{proxy.port}")
        port = new_port()
        if case.get("ownPort", True):
            env["PORT"] = str(port)
        else:
            # Nobody listens on 1: such a start ends.
            port = 1 if env.get("PORT") else 8080
        case["env"] = env
        for step in case.get("prepare", []):
            prepare(case, step, held)
        started = time.monotonic()
        backend = Backend(env, port)
        try:
            listening = backend.wait()
            result["seconds"] = time.monotonic() - started
            result["running"] = listening
            if listening:
                result["answers"] = answers(case, backend, proxy)
        finally:
            result["exitCode"] = backend.stop()
            result.update(backend.said)
    except Exception as error:  # The test shows it beside the case.
        result["trouble"] = f"{type(error).__name__}: {error}"
    finally:
        result["wholeSeconds"] = round(time.monotonic() - begun, 1)
        for one in held:
            one.stop(kill=True)
        if proxy:
            proxy.cut()
    return result


def answers(case, backend, proxy):
    found, background = [], []
    for request in case["requests"]:
        if "method" not in request:
            if request.get("cut"):
                proxy.cut()
            elif request.get("mend"):
                proxy.listen()
            elif request.get("hang"):
                proxy.cut()
                proxy.hung = True
                proxy.listen()
            elif request.get("wait"):
                for thread in background:
                    thread.join()
            else:
                prepare(case, request, [])
        elif request.get("background"):
            slot = {}
            found.append(slot)
            thread = threading.Thread(target=lambda slot=slot, request=request: slot.update(backend.ask(request)))
            thread.start()
            background.append(thread)
            while b"migrating" not in backend_body(backend, "/ready"):
                time.sleep(0.01)
        else:
            found.append(backend.ask(request))
    for thread in background:
        thread.join()
    # What a request left to say is written before its answer is read, but for the access line.
    time.sleep(0.05)
    return found


def backend_body(backend, path):
    return backend.ask({"method": "GET", "path": path})["body"].encode()


def main():
    cases = json.load(sys.stdin)
    sql(None, "GRANT ALL ON `case%`.* TO 'merico'@'%'", "GRANT ALL ON template.* TO 'merico'@'%'", "CREATE USER IF NOT EXISTS 'nobody2'@'%' IDENTIFIED BY 'fake-pass'")
    for kind in _PLUGINS:
        make_plugins(kind)
    migrate({"database": "template"})
    _template_ready.set()
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        json.dump(list(pool.map(run, cases)), sys.stdout)


main()
