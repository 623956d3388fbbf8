import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { imageOf } from "../../test/helpers/image-tree.ts";
import { entriesOf } from "./entry.ts";
import type { ImageCommand, Simulated } from "./image-tree.ts";

const files = {
  "/app/app.py": "",
  "/app/shop/__init__.py": "",
  "/app/shop/celery.py": "",
  "/app/shop/main.py": "",
  "/app/bin/run.sh":
    '#!/bin/sh\ncd "$(dirname "$0")/.." || exit\n. bin/env.sh\nuvicorn shop.main:app &\nPYTHONPATH=$(cat x) exec "${@}"\n',
  "/app/bin/env.sh": "export PYTHONPATH=/app/bin/lib\n",
  "/app/db/alembic.ini": "[alembic]\nscript_location = %(here)s/migrations\nprepend_sys_path = .\n",
  "/app/start.sh":
    '#!/bin/sh\nset -e\nif [ "$1" = web ]; then\n  exec gunicorn --bind ":$PORT" shop.main:app\nfi\ncase "$1" in\n  worker) exec celery -A shop worker ;;\nesac\nexec "$@"\n',
};

/** What a command line starts: kind, name, and where modules are looked for first. */
function started(command: string, more: Partial<Simulated> = {}): string[] {
  const { entries } = entriesOf(imageOf(files, more), command);
  return entries.map(({ start, path }) => {
    const what =
      start.kind === "file"
        ? start.path
        : start.kind === "module"
          ? `-m ${start.name}`
          : `${start.module}:${start.attribute}${start.called ? "()" : ""}`;
    return `${what} in ${path.join(":")}`;
  });
}

const lines: [string, ...string[]][] = [
  ["gunicorn app:app", "app:app in /app"],
  ["gunicorn -w 4 -b 0.0.0.0:80 --access-logfile - --preload shop.main", "shop.main:application in /app"],
  ["gunicorn 'shop.main:create_app(debug=False)'", "shop.main:create_app() in /app"],
  ["gunicorn --chdir=shop --pythonpath lib,/opt/x main:app", "main:app in /app/shop/lib:/opt/x:/app/shop"],
  ["gunicorn -k uvicorn.workers.UvicornWorker -c conf.py app:app", "/app/conf.py in /app", "app:app in /app"],
  ["python -m gunicorn app:app", "app:app in /app"],
  ["uvicorn shop.main:app --host 0.0.0.0 --port 80 --reload", "shop.main:app in /app"],
  ["uvicorn --factory --app-dir src main:make", "main:make() in /app/src"],
  ["hypercorn shop.main", "shop.main:app in /app"],
  ["hypercorn asgi:shop.main:app", "shop.main:app in /app"],
  ["waitress-serve --call shop:create", "shop:create() in /app"],
  ["flask --app shop.main run", "shop.main:null() in /app"],
  ["flask run", "app:null() in /app"],
  ["fastapi run shop/main.py --port 80", "shop.main:null in /app"],
  ["celery -A shop worker -l info", "shop.celery:null in /app"],
  ["celery --app=shop.main:queue beat", "shop.main:queue in /app"],
  ["python app.py --once", "/app/app.py in /app"],
  ["python3.11 -u -X dev -W error /app/shop/main.py", "/app/shop/main.py in /app/shop"],
  ["python -m shop.main", "-m shop.main in /app"],
  ["tini -g -- python app.py", "/app/app.py in /app"],
  ["dumb-init poetry run uvicorn shop.main:app", "shop.main:app in /app"],
  ["uv run --no-sync gunicorn app:app", "app:app in /app"],
  ["opentelemetry-instrument --service_name x gunicorn app:app", "app:app in /app"],
  ["env A=b PORT=80 python app.py", "/app/app.py in /app"],
  ["A=b python app.py", "/app/app.py in /app"],
  ["env PYTHONPATH=lib python -m shop.main", "-m shop.main in /app:/app/lib"],
  ["PYTHONPATH=lib: tini python shop/main.py", "/app/shop/main.py in /app/shop:/app/lib:/app"],
  [
    "export PYTHONPATH=$(pwd)/lib:$PWD/x && cd shop && python main.py",
    "/app/shop/main.py in /app/shop:/app/lib:/app/x",
  ],
  ["cd /srv; cd lib || exit 1; gunicorn app:app", "app:app in /srv/lib"],
  ["MODULE=shop.main; exec gunicorn ${MODULE}:app", "shop.main:app in /app"],
  ["sh -c 'MODULE=shop.main && export MODULE && sh -c \"gunicorn $MODULE:app\"'", "shop.main:app in /app"],
  ["su -s /bin/sh web -c 'cd shop && python main.py'", "/app/shop/main.py in /app/shop"],
  ["uv run --frozen --package api -m shop.main", "-m shop.main in /app"],
  ["uv run app.py", "/app/app.py in /app"],
  ["python -um shop.main", "-m shop.main in /app"],
  ["/app/bin/run.sh gunicorn app:app", "shop.main:app in /app:/app/bin/lib", "app:app in /app"],
  ["sh -c 'python manage.py migrate --noinput && exec gunicorn app:app'", "/app/manage.py in /app", "app:app in /app"],
  ["python -m shop.main & gunicorn app:app; wait", "-m shop.main in /app", "app:app in /app"],
  ["./start.sh python app.py", "shop.main:app in /app", "shop.celery:null in /app", "/app/app.py in /app"],
  ["bash ./start.sh", "shop.main:app in /app", "shop.celery:null in /app"],
  ["streamlit run shop/main.py --server.port 80", "/app/shop/main.py in /app/shop"],
  [
    "alembic -c db/alembic.ini upgrade head && python app.py",
    "/app/db/migrations/env.py in /app",
    "/app/app.py in /app",
  ],
  ["gunicorn --workers $(nproc) -b 0.0.0.0:80 app:app", "app:app in /app"],
  ["N=$(nproc); uvicorn --workers $N shop.main:app", "shop.main:app in /app"],
  ["node server.js"],
  ["sleep 1"],
];

describe("what a command line starts", () => {
  for (const [line, ...expected] of lines) it(line, () => assert.deepEqual(started(line), expected));
});

const exec = (...argv: string[]): ImageCommand => ({ form: "exec", argv, line: 7 });

describe("what an image starts", () => {
  it("is ENTRYPOINT with CMD behind it", () => {
    const { entries } = entriesOf(imageOf(files, { entrypoint: exec("python", "-m"), cmd: exec("shop.main") }));
    assert.deepEqual(
      entries.map(({ label }) => label),
      ["python -m shop.main"],
    );
  });

  it("is only ENTRYPOINT when that is a shell's text", () => {
    const entrypoint: ImageCommand = { form: "shell", text: "gunicorn app:app", shell: ["/bin/sh", "-c"], line: 6 };
    const { entries } = entriesOf(imageOf(files, { entrypoint, cmd: exec("python", "gone.py") }));
    assert.deepEqual(
      entries.map(({ label }) => label),
      ["gunicorn app:app"],
    );
  });

  it("takes its variables from the image, PYTHONPATH among them", () => {
    const env = { MODULE: "shop.main", PYTHONPATH: "/opt/a:lib" };
    assert.deepEqual(started("gunicorn ${MODULE}:app", { env }), ["shop.main:app in /app:/opt/a:/app/lib"]);
  });

  it("is undetermined when it hangs on a build argument, which is named", () => {
    const { entries, findings } = entriesOf(
      imageOf(files, {
        env: { MODULE: null },
        needs: { MODULE: ["SERVICE"] },
        cmd: { form: "shell", text: "gunicorn $MODULE:app", shell: [], line: 9 },
      }),
    );
    assert.deepEqual(entries, []);
    assert.deepEqual(
      findings.map(({ code, level, line }) => [code, level, line]),
      [["image-undetermined", "warning", 9]],
    );
    assert.match(findings[0]?.message ?? "", /needs build argument SERVICE/);
    assert.match(findings[0]?.fix ?? "", /--build-arg SERVICE=/);
  });

  it("is undetermined when its folder, or what a script becomes, can't be told", () => {
    for (const line of ['cd "$(cat where)" && python app.py', "if test -d x; then cd x; fi; python app.py"])
      assert.deepEqual(
        entriesOf(imageOf(files), line).findings.map(({ code, level }) => [code, level]),
        [["image-undetermined", "warning"]],
        line,
      );
    const script = "#!/bin/sh\npython app.py migrate\nexec launcher web\n";
    const image = imageOf({ ...files, "/app/go.sh": script }, { cmd: exec("sh", "go.sh") });
    assert.match(entriesOf(image).findings[0]?.message ?? "", /launcher/);
  });

  it("is not known for programs and variables that are named as what every object has", () => {
    for (const line of ["constructor x", "python -m constructor.toString $constructor", "env"])
      assert.doesNotThrow(() => entriesOf(imageOf(files), line), line);
    assert.match(entriesOf(imageOf(files), "constructor x").findings[0]?.message ?? "", /what constructor starts/);
  });

  it("may lack a script that it starts", () => {
    const { findings } = entriesOf(imageOf(files, { cmd: exec("/app/run.sh") }));
    assert.deepEqual(
      findings.map(({ code }) => code),
      ["image-undetermined"],
    );
    const shell = entriesOf(imageOf(files, { cmd: exec("sh", "/app/run.sh") }));
    assert.deepEqual(
      shell.findings.map(({ code, module }) => [code, module]),
      [["image-entry-missing", "/app/run.sh"]],
    );
  });

  it("is not told by a Dockerfile without a command", () => {
    assert.deepEqual(
      entriesOf(imageOf(files)).findings.map(({ code }) => code),
      ["image-undetermined"],
    );
  });
});
