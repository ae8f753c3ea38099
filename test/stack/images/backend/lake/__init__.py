"""Stands in for DevLake's backend v1.0.2: start order, log lines, exit codes, migration gate, HTTP answers."""

VERSION = "v1.0.2@73b9d1f"
