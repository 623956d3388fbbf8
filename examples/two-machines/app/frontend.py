"""The frontend: shows the jobs, and takes new ones. GET / lists them, POST / with a name adds one."""

import psycopg2

import service


class Handler(service.Handler):
    def do_GET(self):
        if self.path != "/":
            return super().do_GET()
        self.query("select id, name, done_by from jobs order by id desc limit 20", ())

    def do_POST(self):
        name = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode().strip()
        self.query("insert into jobs (name) values (%s) returning id, name, done_by", (name,))

    def query(self, statement, values):
        try:
            with service.connect() as connection, connection.cursor() as cursor:
                cursor.execute(statement, values)
                rows = cursor.fetchall()
            connection.close()
            self.answer(200, "".join(f"{number}  {name}  {by or 'waiting'}\n" for number, name, by in rows))
        except psycopg2.Error as error:
            self.answer(503, f"the database: {error}\n")


service.serve(Handler)
