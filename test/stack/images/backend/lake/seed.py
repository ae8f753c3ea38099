"""Fills a running database with encrypted and plain rows: `docker compose exec devlake lake-seed`."""

import json
import os

from . import database, secret

CONNECTIONS = [("GitHub - octo-org", "ghp_seededTokenOfOctoOrg"), ("GitHub - hexa-org", "ghp_seededTokenOfHexaOrg")]
PLAN = json.dumps([[{"plugin": "github", "options": {"connectionId": 1, "name": "octo-org/api"}}]])


def seed():
    key = os.environ["ENCRYPTION_SECRET"]
    connection = database.connect()
    for name, token in CONNECTIONS:
        database.query(
            connection,
            "INSERT IGNORE INTO `_tool_github_connections` (created_at, updated_at, name, endpoint, token) VALUES (NOW(3), NOW(3), %s, 'https://api.github.com/', %s)",
            (name, secret.encrypt(key, token)),
        )
    database.query(connection, "INSERT IGNORE INTO `projects` (name, description, created_at, updated_at) VALUES ('octo-org', 'seeded', NOW(3), NOW(3))")
    if not database.query(connection, "SELECT 1 FROM `_devlake_blueprints` WHERE name = 'octo-org-Blueprint'"):
        plan = secret.encrypt(key, PLAN)
        database.query(
            connection,
            "INSERT INTO `_devlake_blueprints` (created_at, updated_at, name, project_name, mode, plan, enable, is_manual, cron_config, before_plan, after_plan) "
            "VALUES (NOW(3), NOW(3), 'octo-org-Blueprint', 'octo-org', 'NORMAL', %s, true, false, '0 0 * * 1', %s, %s)",
            (plan, secret.encrypt(key, "null"), secret.encrypt(key, "null")),
        )
        database.query(connection, "INSERT INTO `_devlake_pipelines` (created_at, updated_at, name, blueprint_id, plan, status) VALUES (NOW(3), NOW(3), 'octo-org', 1, %s, 'TASK_COMPLETED')", (plan,))
    for number in range(100):
        database.query(connection, "INSERT IGNORE INTO `commits` VALUES (%s, %s, 'octocat')", (f"{number:040x}", f"commit {number}"))
    print("seeded 2 connections, 1 project, 1 blueprint, 1 pipeline, 100 commits")


seed()
