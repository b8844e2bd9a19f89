# SPDX-License-Identifier: Apache-2.0
"""A store as an earlier schema had it: the migrations up to that version, filled with the rows of a
store of today as far as their columns existed."""

import shutil
import sqlite3

from catalog import catalog_path
from support import schema


def columns_of(connection, database, table):
    return [row[1] for row in connection.execute(f"PRAGMA {database}.table_info({table})")]


def tables_of(connection, database):
    return [row[0] for row in connection.execute(
        f"SELECT name FROM {database}.sqlite_schema WHERE type = 'table' AND name NOT LIKE"
        " 'sqlite_%' AND name <> 'schema_version'")]


def make_old(data, target, version):
    """`data` belongs to no running server; it must have no blobs in the catalog before version 5.
    Accounts are left out, for they are made anew."""
    shutil.copytree(data, target)
    new, old = catalog_path(data), catalog_path(target)
    old.unlink()
    connection = sqlite3.connect(old)
    schema.create(connection, version)
    connection.execute("ATTACH ? AS new", (str(new),))
    for table in tables_of(connection, "main"):
        if table in ("accounts", "passwords", "account_scope_maps", "scope_maps", "scope_rules"):
            continue
        there = set(columns_of(connection, "new", table))
        shared = ", ".join(name for name in columns_of(connection, "main", table) if name in there)
        if shared:
            connection.execute(f"INSERT OR REPLACE INTO main.{table} ({shared})"
                               f" SELECT {shared} FROM new.{table}")
    connection.commit()
    connection.close()
    (target / "admin-password").unlink(missing_ok=True)
