import type { TestMachine } from "./machine.ts";
import { makeRepository, type TestRepository } from "./repository.ts";

/**
 * A small real service: it reads its revision when it starts, and behaves as the file `behaviour` of its release says.
 * normal; dies (after three seconds); crashes (at once); unknown, old, silent (what its version endpoint answers).
 */
const server = `import http.server, json, os, threading, time

behaviour = open("behaviour").read().strip()
commit = open("REVISION").read().strip()
if behaviour == "crashes":
    raise SystemExit("ModuleNotFoundError: No module named 'app.loader'")
if behaviour == "dies":
    threading.Thread(target=lambda: (time.sleep(3), os._exit(3)), daemon=True).start()

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        answers = {"unknown": {"commit": "unknown"}, "old": {"commit": "0123456789abcdef0123456789abcdef01234567"}, "silent": {"status": "ok"}}
        body = json.dumps(answers.get(behaviour, {"commit": commit})).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass

http.server.ThreadingHTTPServer.allow_reuse_address = True
http.server.ThreadingHTTPServer(("127.0.0.1", 8000), Handler).serve_forever()
`;

export interface ManifestOptions {
  /** Steps before the switch, as YAML of the `steps` section, each line without indentation. */
  steps?: string[];
  restart?: string;
  stable?: string;
  within?: string;
  target?: Record<string, unknown>;
  branch?: string;
}

/** The manifest of the service on one machine. */
export function serviceManifest(machine: TestMachine, options: ManifestOptions = {}): string {
  const target = { ...machine.address, unit: "web.service", ...options.target };
  const steps = [`stamp: { run: 'printf %s "$LANDFALL_COMMIT" >REVISION' }`, ...(options.steps ?? [])];
  return `application: shop
components:
  web:
    type: machine
    source: [.]
    exclude: [docs]
    directory: /opt/app
    steps:
${steps.map((step) => `      ${step}`).join("\n")}
      restart: { run: ${JSON.stringify(options.restart ?? "sudo systemctl restart ${target.unit}")}, timeout: 30s }
    prove:
      service: \${target.unit}
      http: { url: "http://localhost:8000/version", revision: .commit }
      stable: ${options.stable ?? "1s"}
      within: ${options.within ?? "3s"}
environments:
  uat:
    branch: ${options.branch ?? "main"}
    targets:
      m1: ${JSON.stringify(target)}
`;
}

/** A repository with the service, and the unit installed on the machine. */
export async function makeService(machine: TestMachine, options: ManifestOptions = {}): Promise<TestRepository> {
  await installUnit(machine, "/opt/app/current");
  return await makeRepository({
    "landfall.yaml": serviceManifest(machine, options),
    "server.py": server,
    behaviour: "normal\n",
    "greeting.txt": "hello\n",
    "docs/readme.md": "words\n",
  });
}

/** (Re)installs the unit with a working directory of its own. */
export async function installUnit(machine: TestMachine, workingDirectory: string): Promise<void> {
  const unit = `[Unit]
Description=the web service
[Service]
User=deploy
WorkingDirectory=${workingDirectory}
ExecStart=/usr/bin/python3 server.py
[Install]
WantedBy=multi-user.target
`;
  await machine.writeFile("/etc/systemd/system/web.service", unit);
  await machine.exec("systemctl", "daemon-reload");
}

/** Ends the service and removes all that was deployed, so that the next test begins with an empty machine. */
export async function emptyMachine(machine: TestMachine): Promise<void> {
  await machine.exec("systemctl", "stop", "web.service");
  await machine.exec("sh", "-c", "rm -rf /opt/app && install -d -o deploy -g deploy /opt/app");
}
