"""Serves one page, and the commit that the image was made of."""

import http.server
import os
import pathlib
import signal

PAGE = pathlib.Path("page.html").read_bytes()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = {"/": PAGE, "/version": os.environ["COMMIT"].encode()}.get(self.path)
        self.send_response(404 if body is None else 200)
        self.end_headers()
        self.wfile.write(body or b"no such page\n")


# As the first process of a container it gets no signal that it does not ask for: without this a stop takes ten seconds.
signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
http.server.ThreadingHTTPServer(("", 8000), Handler).serve_forever()
