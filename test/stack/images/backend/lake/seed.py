"""Fills a running database with encrypted and plain rows: `docker compose exec devlake lake-seed`."""

import json
import os

from . import database, secret

# As long as GitHub's own: the plugin panics over a shorter one.
CONNECTIONS = [("GitHub - octo-org", "ghp_seededTokenOfOctoOrg0000000000000000"), ("GitHub - hexa-org", "ghp_seededTokenOfHexaOrg0000000000000000")]
PLAN = json.dumps([[{"plugin": "github", "options": {"connectionId": 1, "name": "octo-org/api"}}]])


def seed():
    key = os.environ["ENCRYPTION_SECRET"]
    connection = database.connect()
    empty = secret.encrypt(key, "")
    for name, token in CONNECTIONS:
        connection.query(
            "INSERT IGNORE INTO `_tool_github_connections` (created_at, updated_at, name, endpoint, token, secret_key) VALUES (NOW(3), NOW(3), %s, 'https://api.github.com/', %s, %s)",
            (name, secret.encrypt(key, token), empty),
        )
    connection.query("INSERT IGNORE INTO `projects` (name, description, created_at, updated_at) VALUES ('octo-org', 'seeded', NOW(3), NOW(3))")
    if not connection.query("SELECT 1 FROM `_devlake_blueprints` WHERE name = 'octo-org-Blueprint'"):
        plan, null = secret.encrypt(key, PLAN), secret.encrypt(key, "null")
        connection.query(
            "INSERT INTO `_devlake_blueprints` (created_at, updated_at, name, project_name, mode, plan, enable, is_manual, cron_config, before_plan, after_plan) "
            "VALUES (NOW(3), NOW(3), 'octo-org-Blueprint', 'octo-org', 'NORMAL', %s, true, false, '0 0 * * 1', %s, %s)",
            (plan, null, null),
        )
        connection.query("INSERT INTO `_devlake_pipelines` (created_at, updated_at, name, blueprint_id, plan, status) VALUES (NOW(3), NOW(3), 'octo-org', 1, %s, 'TASK_COMPLETED')", (plan,))
        connection.query("INSERT INTO `_devlake_tasks` (created_at, updated_at, pipeline_id, plugin, options, status) VALUES (NOW(3), NOW(3), 1, 'github', %s, 'TASK_COMPLETED')", (secret.encrypt(key, "{}"),))
    for number in range(100):
        connection.query("INSERT IGNORE INTO `commits` (sha, message, author_name) VALUES (%s, %s, 'octocat')", (f"{number:040x}", f"commit {number}"))
    print("seeded 2 connections, 1 project, 1 blueprint, 1 pipeline, 100 commits")


seed()
