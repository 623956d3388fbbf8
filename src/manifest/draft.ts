/** What a repository shows of the application in it. Names and branches are plain words, safe to write into YAML. */
export interface Sights {
  application: string;
  branch: string;
  /** The systemd unit that runs it. */
  unit: string;
  installs: Installs;
  /** Whether package.json has a `build` script. */
  buildScript: boolean;
  /** Whether it is a Django project with manage.py at its root. */
  django: boolean;
  /** What it is built to; null where it is to run from a release directory. */
  image: ImageSights | null;
}

/** What a Dockerfile at the repository's root tells. */
export interface ImageSights {
  /** Its name: plain words. */
  dockerfile: string;
  /** The port that it exposes. */
  port: number | null;
  /** The build argument by which it takes its commit. */
  commitArgument: string | null;
}

/** How a repository's dependencies are installed; null where it has none of the kind. */
export interface Installs {
  /** `prefix` stands before a Python command. */
  python: { command: string; prefix: string } | null;
  node: { command: string } | null;
}

const venv = "python3 -m venv .venv && .venv/bin/pip install";

/** By the file that tells; the first that is there counts. */
const pythonInstallers = [
  { file: "poetry.lock", command: "poetry install --no-root", prefix: "poetry run python" },
  { file: "uv.lock", command: "uv sync --frozen", prefix: "uv run python" },
  { file: "requirements.txt", command: `${venv} -r requirements.txt`, prefix: ".venv/bin/python" },
  { file: "pyproject.toml", command: `${venv} .`, prefix: ".venv/bin/python" },
];

const nodeInstallers = [
  { file: "package-lock.json", command: "npm ci" },
  { file: "pnpm-lock.yaml", command: "pnpm install --frozen-lockfile" },
  { file: "yarn.lock", command: "yarn install --frozen-lockfile" },
  { file: "package.json", command: "npm install" },
];

/** How the dependencies of a repository with these files at its root are installed. */
export function installsOf(files: readonly string[]): Installs {
  const present = ({ file }: { file: string }) => files.includes(file);
  return { python: pythonInstallers.find(present) ?? null, node: nodeInstallers.find(present) ?? null };
}

/** What a Dockerfile with this name and text tells. */
export function imageOf(dockerfile: string, text: string): ImageSights {
  const ports = [...text.matchAll(/^[ \t]*EXPOSE[ \t]+(\d{1,5})(?![\d-])/gim)].map(([, port]) => Number(port));
  const argument = /^[ \t]*ARG[ \t]+((?:GIT_|VCS_)?(?:COMMIT|REVISION|REF|SHA)(?:_SHA|_ID)?)\b/im.exec(text)?.[1];
  return { dockerfile, port: ports.at(-1) ?? null, commitArgument: argument ?? null };
}

/**
 * A commented manifest to start from, for one machine: a container of the image, where there is one, or a unit of systemd.
 * It passes `landfall check` as it is.
 */
export function draftManifest(sights: Sights): string {
  const { application, branch, image } = sights;
  return `# What is deployed, and where. \`landfall check\` checks it, \`landfall schema\` lists every key.
application: ${JSON.stringify(application)}

components:
  app:
${image ? containerLines(image) : machineLines(sights)}

environments:
  production:
    branch: ${JSON.stringify(branch)} # only commits of this branch are deployed here
    targets:
      server:
        host: server.example.com # as OpenSSH knows it${image ? ", with a Docker engine" : ""}; localhost is this machine
        # user: deploy
${image ? "" : unitLine(sights)}`;
}

function containerLines({ dockerfile, port, commitArgument }: ImageSights): string {
  const args = commitArgument ?? "COMMIT";
  const ports = port === null ? '# ports: ["8000:8000"]' : `ports: ["${port}:${port}"]`;
  return `    type: docker
    source: [.] # the build context: only what git has at the commit
    image:
      dockerfile: ${JSON.stringify(dockerfile)}
      ${commitArgument ? "" : "# "}args: { ${args}: "\${revision.commit}" } # so that the application can name its commit
    ${ports} # on the machine : in the container
    # env: { LOG_LEVEL: info }
    # secrets: [DATABASE_URL] # from the environment of whoever deploys
    prove:
      # Always read: which image the container runs, that it is up, its restarts, health and ports.
      stable: 10s # and still so 10 s later
      # Better still, let the application name its commit:
      # http: { url: "http://localhost:${port ?? 8000}/version", revision: .commit }`;
}

function machineLines(sights: Sights): string {
  return `    type: machine
    source: [.] # the paths whose content is shipped
    directory: /opt/${sights.application} # on the machine: releases/<id>, current -> one of them, shared/
    # shared: [.env] # paths that survive a release, kept in shared/
    steps:
${stepLines(sights)}
    prove:
      # Read from the running process: the unit is active, was started after the switch, and runs from the release.
      service: \${target.unit}
      # Better still, let the application name its commit:
      # http: { url: "http://localhost:8000/version", revision: .commit }`;
}

function unitLine({ application, unit }: Sights): string {
  return `        unit: ${JSON.stringify(unit)} # the systemd unit; its WorkingDirectory must go through /opt/${application}/current
`;
}

function stepLines({ installs: { python, node }, buildScript, django }: Sights): string {
  const step = (name: string, run: string, more = "") => `      ${name}: { run: "${run}"${more} }`;
  return [
    ...(python ? [step("install", python.command)] : []),
    ...(node ? [step(python ? "packages" : "install", node.command)] : []),
    ...(buildScript ? [step("build", "npm run build")] : []),
    ...(django ? ["      # On one target, once per revision, whatever happens in between:"] : []),
    ...(django ? [step("migrate", `${python?.prefix ?? "python3"} manage.py migrate`, ", once: revision")] : []),
    step("restart", "sudo systemctl restart ${target.unit}"),
  ].join("\n");
}
