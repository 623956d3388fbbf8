"""The scheduler: works off the jobs in the database, one after the other, day and night."""

import threading
import time

import psycopg2

import service

TAKE_NEXT = """
update jobs set done_at = now(), done_by = %s
where id = (select id from jobs where done_at is null order by id limit 1 for update skip locked)
returning name
"""


def work():
    while True:
        try:
            with service.connect() as connection, connection.cursor() as cursor:
                cursor.execute(TAKE_NEXT, (f"{service.MACHINE}@{service.REVISION[:7]}",))
                done = cursor.fetchone()
            connection.close()
            if done:
                print(f"done: {done[0]}", flush=True)
                continue
        except psycopg2.Error as error:
            print(f"the database: {error}", flush=True)
        time.sleep(1)


threading.Thread(target=work, daemon=True).start()
service.serve(service.Handler)
