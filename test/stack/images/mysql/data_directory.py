"""What MySQL finds wrong with a data directory, before and while it opens it, in its words. Each function ends the process."""

import errno
import fcntl
import os
import pwd
import subprocess
import sys
import time

import server_log

PATH = "/var/lib/mysql"
TEMPLATE = "/opt/mysql/template"
# MySQL keeps its version in the data dictionary; here a file that a test can raise to play a downgrade.
VERSION_FILE = os.path.join(PATH, ".server-version")
SERVER_VERSION = "80405"
# What MySQL has and MariaDB does not: here empty, so that a test can take them away.
REDO, DICTIONARY = os.path.join(PATH, "#innodb_redo"), os.path.join(PATH, "mysql.ibd")
SYSTEM_SPACE = os.path.join(PATH, "ibdata1")
INITIAL_PAGES, PAGE_BYTES = 768, 16384
# Options that 8.4 removed.
_REMOVED = ("default-authentication-plugin", "default_authentication_plugin", "expire-logs-days", "expire_logs_days", "old-style-user-limits", "skip-character-set-client-handshake")


def as_mysql():
    user = pwd.getpwnam("mysql")
    os.setgroups([])
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)


def _tried_as_server(*words):
    child = subprocess.run(["test", *words], preexec_fn=as_mysql if os.getuid() == 0 else None, check=False)
    return child.returncode == 0


def read_only():
    try:
        os.utime(PATH)
    except OSError as error:
        return error.errno == errno.EROFS
    return False


def take_over():
    """Like the real entrypoint, root hands to mysql what is not mysql's; a mount that cannot be written ends it."""
    if os.getuid() != 0:
        return
    subprocess.run(["find", PATH, "!", "-user", "mysql", "-exec", "chown", "mysql", "{}", "+"], check=False, stderr=subprocess.DEVNULL)
    if os.stat(PATH).st_uid == 0 and read_only():
        for shown in (f"{PATH}/", PATH):
            server_log.plain(f"chown: changing ownership of '{shown}': Read-only file system")
        sys.exit(1)


def removed_option(options):
    return next((option[2:] for option in options if option[2:].split("=")[0] in _REMOVED), None)


def _end_of_initialization():
    server_log.say("ERROR", "MY-013236", f"The designated data directory {PATH}/ is unusable. You can remove all files that the server added to it.")
    server_log.say("ERROR", "MY-010119", "Aborting")
    server_log.say("System", "MY-015018", "MySQL Server Initialization - end.")
    sys.exit(1)


def try_to_write():
    """Said before the server's first line."""
    if not _tried_as_server("-w", PATH):
        server_log.plain(f"mysqld: Can't create/write to file '{PATH}/is_writable' (OS errno 13 - Permission denied)")


def refuse_to_initialize():
    """--initialize takes only an empty, writable directory."""
    if [name for name in os.listdir(PATH) if name != "lost+found"]:
        server_log.say("ERROR", "MY-010457", "--initialize specified but the data directory has files in it. Aborting.")
        _end_of_initialization()
    if not _tried_as_server("-w", PATH):
        server_log.say("ERROR", "MY-010460", "--initialize specified but the data directory exists and is not writable. Aborting.")
        _end_of_initialization()


def fill(options):
    """Makes the files of a new server, as far as the disk and the options let it."""
    server_log.innodb_started()
    copied = subprocess.run(["cp", "-a", TEMPLATE + "/.", PATH], check=False, capture_output=True, text=True)
    if copied.returncode != 0:
        _disk_full()
    os.makedirs(REDO, exist_ok=True)
    for name, text in ((DICTIONARY, ""), (VERSION_FILE, SERVER_VERSION)):
        with open(name, "w", encoding="ascii") as file:
            file.write(text)
    server_log.innodb_ended()
    removed = removed_option(options)
    if removed:
        # What was made so far stays, without the directory that says that all was made.
        subprocess.run(["rm", "-rf", os.path.join(PATH, "mysql")], check=True)
        server_log.say("ERROR", "MY-000067", f"unknown variable '{removed}'.")
        _end_of_initialization()


def _disk_full():
    subprocess.run(f"rm -rf {PATH}/* {PATH}/.server-version", shell=True, check=False)
    server_log.say("Warning", "MY-012637", "1048576 bytes should have been written. Only 618496 bytes written. Retrying for the remaining bytes.", "InnoDB")
    server_log.say("Warning", "MY-012638", "Retry attempts for writing partial data failed.", "InnoDB")
    server_log.say("ERROR", "MY-012639", "Write to file ./undo_002 failed at offset 6291456, 1048576 bytes should have been written, only 618496 were written. Operating system error number 28. Check that your OS and file system support files of this size. Check also that the disk is not full or a disk quota exceeded.", "InnoDB")
    server_log.say("ERROR", "MY-012640", "Error number 28 means 'No space left on device'", "InnoDB")
    server_log.say("ERROR", "MY-012929", "InnoDB Database creation was aborted with error Out of disk space. You may need to delete the ibdata1 file before trying to start up again.", "InnoDB")
    for _ in range(3):
        server_log.say("Warning", "MY-012638", "Retry attempts for writing partial data failed.", "InnoDB")
        server_log.say("ERROR", "MY-012888", "Cannot resize redo log file ./#innodb_redo/#ib_redo3_tmp to 3 MB (Failed to set size)", "InnoDB")
    server_log.say("ERROR", "MY-010020", "Data Dictionary initialization failed.")
    _end_of_initialization()


def refuse_files_of_another():
    """The first file that the server opens for writing, of another owner or on a read-only mount."""
    if read_only():
        server_log.say("Warning", "MY-010091", f"Can't create test file {PATH}/mysqld_tmp_file_case_insensitive_test.lower-test")
        server_log.say("Warning", "MY-010159", f"Setting lower_case_table_names=2 because file system for {PATH}/ is case insensitive")
        reason = "30 - Read-only file system"
    elif not (_tried_as_server("-w", PATH) and _tried_as_server("-w", SYSTEM_SPACE)):
        if os.getuid() != 0:
            server_log.say("Warning", "MY-010122", "One can only use the --user switch if running as root")
        reason = "13 - Permission denied"
    else:
        return
    server_log.plain(f"mysqld: File './binlog.index' not found (OS errno {reason})")
    server_log.aborting()
    sys.exit(1)


def refuse_damage():
    """InnoDB opens its files in this order."""
    wait_for_lock()
    if os.path.getsize(SYSTEM_SPACE) < INITIAL_PAGES * PAGE_BYTES:
        pages = os.path.getsize(SYSTEM_SPACE) // PAGE_BYTES
        _damaged("MY-012263", f"The Auto-extending innodb_system data file './ibdata1' is of a different size {pages} pages (rounded down to MB) than specified in the .cnf file: initial {INITIAL_PAGES} pages, max 0 (relevant if non-zero) pages!")
    if not os.path.isdir(REDO):
        _damaged("MY-013862", "Neither found #innodb_redo subdirectory, nor ib_logfile* files in ./")
    if not os.path.exists(DICTIONARY):
        server_log.say("ERROR", "MY-012592", "Operating system error number 2 in a file operation.", "InnoDB")
        server_log.say("ERROR", "MY-012593", "The error means the system cannot find the path specified.", "InnoDB")
        server_log.say("ERROR", "MY-012216", "Cannot open datafile for read-only: 'mysql.ibd' OS error: 71", "InnoDB")
        server_log.plain("mysqld: Can't open file: 'mysql.ibd' (errno: 0 - )")
        _dictionary_failed()
    with open(VERSION_FILE, encoding="ascii") as file:
        written_by = file.read().strip()
    if written_by.isdigit() and int(written_by) > int(SERVER_VERSION):
        server_log.say("ERROR", "MY-014061", f"Invalid MySQL server downgrade: Cannot downgrade from {written_by} to {SERVER_VERSION}. Downgrade is only permitted between patch releases.", "InnoDB")
        _dictionary_failed()


def _damaged(code, text):
    server_log.say("ERROR", code, text, "InnoDB")
    server_log.say("ERROR", "MY-012930", "Plugin initialization aborted with error Generic error.", "InnoDB")
    _dictionary_failed()


def _dictionary_failed():
    server_log.say("ERROR", "MY-010334", "Failed to initialize DD Storage Engine")
    server_log.say("ERROR", "MY-010020", "Data Dictionary initialization failed.")
    server_log.aborting()
    sys.exit(1)


def wait_for_lock():
    """Another server on these files is waited for, a line every second, and a stop is not heard."""
    with open(SYSTEM_SPACE, "r+b") as file:
        while True:
            try:
                fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except OSError:
                server_log.say("ERROR", "MY-012574", "Unable to lock ./ibdata1 error: 11", "InnoDB")
                time.sleep(1)
