"""What both services share: the database, and the address that names the revision of the running process."""

import http.server
import json
import pathlib
import socket

import psycopg2

# Read when the process starts: a process that was not restarted goes on naming the old revision.
REVISION = pathlib.Path("REVISION").read_text().strip()
MACHINE = socket.gethostname()


def connect():
    """A connection to the database that `database.dsn` names. That file survives releases: it is linked from `shared/`."""
    return psycopg2.connect(pathlib.Path("database.dsn").read_text().strip(), connect_timeout=5)


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers /version; a service adds its own pages."""

    def do_GET(self):
        if self.path == "/version":
            self.answer(200, json.dumps({"commit": REVISION, "machine": MACHINE}), "application/json")
        else:
            self.answer(404, "nothing here\n")

    def answer(self, status, text, kind="text/plain"):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass


def serve(handler):
    """Serves on port 8000 until the process is ended."""
    http.server.ThreadingHTTPServer(("", 8000), handler).serve_forever()
