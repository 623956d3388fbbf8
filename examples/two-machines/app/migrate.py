"""Applies migrations/*.sql in order, each in a transaction of its own.

It takes no lock, as the migrators of most frameworks: two of them at once collide. Every start of it leaves a row in
`migration_runs`, so that runs can be counted.
"""

import pathlib
import sys

import psycopg2

import service

TABLES = """
create table if not exists migration_runs (at timestamptz default now(), machine text, revision text);
create table if not exists migrations (name text primary key, at timestamptz default now());
"""

connection = service.connect()
with connection, connection.cursor() as cursor:
    cursor.execute(TABLES)
    cursor.execute("insert into migration_runs (machine, revision) values (%s, %s)", (service.MACHINE, service.REVISION))
for file in sorted(pathlib.Path("migrations").glob("*.sql")):
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute("select 1 from migrations where name = %s", (file.name,))
            if cursor.fetchone():
                continue
            cursor.execute(file.read_text())
            cursor.execute("insert into migrations (name) values (%s)", (file.name,))
            print(f"applied {file.name}", flush=True)
    except psycopg2.Error as error:
        sys.exit(f"{file.name}: {error.diag.message_primary or error}")
