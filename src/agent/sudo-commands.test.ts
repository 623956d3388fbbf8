import assert from "node:assert/strict";
import { test } from "node:test";
import { MachineSpec } from "../providers/machine/spec.ts";
import { sudoCommands } from "./sudo-commands.ts";

function commandsOf(steps: Record<string, object>): string[] {
  return sudoCommands({
    application: "shop",
    environment: "uat",
    component: "web",
    target: "m1",
    spec: MachineSpec.parse({ directory: "/opt/app", steps }),
    at: { host: "m1" },
    values: { "target.unit": "web.service" },
    fromOutside: [],
  });
}

test("what steps run by sudo is told with its values, each once, without sudo's own options", () => {
  const restart = "sudo -n systemctl restart ${target.unit}";
  assert.deepEqual(commandsOf({ a: { run: `cd /tmp && ${restart}; true` }, b: { run: restart } }), [
    "systemctl restart web.service",
  ]);
});

test("steps of other targets are not asked for, and what the shell would expand is left out", () => {
  assert.deepEqual(
    commandsOf({ a: { run: "sudo reboot", except: ["m1"] }, b: { run: "sudo reboot", only: ["m2"] } }),
    [],
  );
  assert.deepEqual(commandsOf({ a: { run: 'sudo chown app "$HOME"/x' } }), ["chown app"]);
  assert.deepEqual(commandsOf({ a: { run: "echo pseudo" } }), []);
});

test("whom a command is run as is a part of it, and what sudo's options take is not the command", () => {
  const of = (run: string) => commandsOf({ a: { run } });
  assert.deepEqual(of("sudo -u app systemctl --user restart web"), ["-u app systemctl --user restart web"]);
  for (const options of [
    "-n -u app",
    "-nu app",
    "-uapp",
    "--user=app -n",
    "--user app --",
    "-E -g staff -u app LANG=C",
  ])
    assert.deepEqual(of(`sudo ${options} bin/tool -u x`), ["-u app bin/tool -u x"], options);
  assert.deepEqual(of("sudo -p '' -C 5 tool"), ["tool"]);
  assert.deepEqual(of("sudo -u $USER tool"), []);
});
