"""Stands in for DevLake's backend: start order, log lines, exit codes, migration gate and HTTP answers, as recorded of the real one."""
