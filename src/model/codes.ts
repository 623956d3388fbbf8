import { z } from "zod";

/** The page of a code: what `landfall explain CODE` prints and `docs/reference/codes.md` holds. */
export interface CodePage {
  /** The code in a few plain words. */
  title: string;
  /** What it means, and why it matters. */
  meaning: string;
  /** What to do. */
  fix: string;
}

function page(title: string, meaning: string, fix: string): CodePage {
  return { title, meaning, fix };
}

/**
 * Every code that a finding, a failed step, a piece of evidence or an error may carry, with its page.
 * Codes are stable; texts may change. A code that is not here does not compile, so none is undocumented.
 */
export const codes = {
  // The manifest.
  "no-manifest": page(
    "there is no manifest",
    "Landfall looks for landfall.yaml in the working directory and its parents, up to the repository's root.",
    "Run `landfall init` to write one, or name it with -f FILE.",
  ),
  "manifest-exists": page(
    "there is a manifest already",
    "`landfall init` writes a start, and never over what someone wrote.",
    "Edit it, or write over it with --force.",
  ),
  "bad-yaml": page(
    "the manifest is not YAML",
    "The file could not be parsed; nothing of it was used.",
    "Mend the place that is named.",
  ),
  "unknown-key": page(
    "a key that the manifest does not have",
    "No key is accepted and then ignored: a misspelt key would silently switch off what it was meant to do.",
    "Correct the key, or start it with x- if it is yours.",
  ),
  "missing-key": page(
    "a required key is missing",
    "The section cannot be used without it.",
    "Add the key; `landfall schema` lists them all.",
  ),
  "wrong-type": page(
    "a value of the wrong type",
    "The value cannot be read as what the key takes.",
    "Write a value of the type that is named.",
  ),
  "bad-value": page(
    "a value that is not allowed",
    "The value has the right type, but not a form that can be used safely.",
    "Write a value of the form that is named.",
  ),
  "not-in-this-version": page(
    "planned, but not built",
    "The design has this key, type or value, and this version does not do it yet. It is refused so that nothing is promised silently.",
    "Leave it out, or use a version that lists it.",
  ),
  "unknown-type": page(
    "a component type that does not exist",
    "Each component names one of the provider types.",
    "Use one of the types that `landfall schema` lists.",
  ),
  "missing-variable": page(
    "a variable has no value",
    "A ${…} expression names something that is not set. An empty value counts as not set.",
    "Set it, or give a default: ${env.NAME:-default}.",
  ),
  "unknown-variable": page(
    "a ${…} that means nothing here",
    "Only env, environment, vars, target and revision can be named.",
    "Correct the expression.",
  ),
  "variable-in-quotes": page(
    "a ${…} inside single quotes in a command",
    "Values reach a command as shell variables, never as pasted text; inside single quotes a shell does not read variables.",
    "Use double quotes around the expression.",
  ),
  "no-targets": page(
    "nowhere to deploy to",
    "The environment has no target that runs the component.",
    "Add a target, or take the environment out.",
  ),
  "unknown-target": page(
    "a target that the environment does not have",
    "A name in `on`, `only`, `except` or `after` matches no target.",
    "Correct the name.",
  ),
  "target-cycle": page(
    "targets wait for each other",
    "The `after` rules go round in a circle, so none could start.",
    "Take one of the rules out.",
  ),
  "environment-cycle": page(
    "environments wait for a proof in each other",
    "The `requires.provenIn` rules go round in a circle, so nothing could ever be deployed to any of them.",
    "Take one of the rules out.",
  ),
  "unused-target": page(
    "a target that nothing runs on",
    "Every component's `on` leaves it out, so what is written there would be accepted and then ignored.",
    "Name it in a component's `on`, or take it out.",
  ),
  "shared-address": page(
    "one address would prove several targets",
    "The answer of one running target would count for another on which nothing runs: behind one address nobody knows who answered.",
    "Name a service or a process to be read on each target, or an address of the target itself such as http://localhost:8000/version.",
  ),
  "same-directory": page(
    "two components, or two environments, in one directory",
    "They would replace each other's releases, and neither could be proven for long.",
    "Give each a directory of its own on that machine. `landfall check` compares all environments.",
  ),
  "unknown-environment": page(
    "the manifest has no such environment",
    "The name given is not under `environments`.",
    "Use one of the names listed.",
  ),
  "unknown-component": page(
    "the manifest has no such component",
    "The name given is not under `components`.",
    "Use one of the names listed.",
  ),
  "path-escapes": page(
    "a path that leaves its place",
    "A path with .., an absolute path where a relative one is due, or a link out of the tree could make a deploy read or write elsewhere.",
    "Use a plain path inside the tree.",
  ),
  // The revision.
  "not-a-repository": page(
    "this is not a git repository",
    "A revision is a commit; without git there is none.",
    "Run this inside a clone, or use -C DIR.",
  ),
  "no-such-revision": page(
    "no such revision",
    "The name given is not a commit that this repository has, or was never proven where it would have to be.",
    "Fetch it, or name another; `landfall history ENV` lists what was proven.",
  ),
  "empty-source": page(
    "a component's source is empty at this revision",
    "The paths under `source` match no file in the commit, so there is nothing to ship.",
    "Correct `source` or `exclude`, or commit the files.",
  ),
  "dirty-tree": page(
    "changes that are not committed",
    "What is deployed is a commit. Files of a component differ from it, so what you see is not what would run.",
    "Commit the changes, or say which commit with --ref HEAD.",
  ),
  "manifest-uncommitted": page(
    "the manifest differs from its last commit",
    "A commit was named, so its source is shipped as it is. Steps, targets and claims are those of the manifest in the working tree, which nobody else has yet.",
    "Commit the manifest, or take the changes back.",
  ),
  "work-tree-in-use": page(
    "a sync in a clone that somebody works in",
    "A sync makes the work tree of its clone that of the revision that it brings. Here a branch is checked out, or files differ from their commit: that would be lost, or left behind.",
    "Run it in a clone of its own (`git clone --no-checkout`, then `git checkout --detach`), as `landfall agent install` makes one. To bring a revision from here: `landfall deploy`.",
  ),
  "manifest-differs": page(
    "the manifest here is not the one that was deployed with",
    "What should run is known by the digest of its source, and the manifest says what that source is. By the manifest in this clone the same commit has another digest, so what runs cannot be judged from here.",
    "Take the newest manifest (`git pull`), or deploy with the one here: then it is the one that counts.",
  ),
  "bad-file-name": page(
    "a file name that is not UTF-8",
    "It could not be shipped under its own name, and two such names could not be told apart.",
    "Rename the file, or exclude it.",
  ),
  "wrong-branch": page(
    "a commit from a branch that the environment does not take",
    "The environment names the branch whose commits it runs; this commit is not on it.",
    "Merge first, or deploy to another environment.",
  ),
  "older-revision": page(
    "an older commit than the one that should run",
    "The commit that is deployed comes before the one that was deployed last, or this clone does not know that one. Somebody else's work would be taken away: mostly the clone is behind.",
    "Bring the clone up to date (`git pull`). To go back on purpose there is `landfall rollback`.",
  ),
  "left-the-manifest": page(
    "a place that the ledger knows and the manifest has no more",
    "A target or a component was taken out of the manifest, or has another name now. Nothing is done to what was deployed there: it may go on running, and nobody watches it.",
    "Stop it there and remove it, or put it back into the manifest. After the next deploy of the whole environment that is proven, the ledger does not show it any more.",
  ),
  "not-proven-there": page(
    "the source was not proven in the environment before",
    "The environment takes only what was proven in another one (`requires.provenIn`). There, this source was never proven, is still owed, was rolled back from, or does not hold any more.",
    "Deploy it there first, or read it there again with `landfall prove`.",
  ),
  "proven-there-in-part": page(
    "the source was proven in the environment before, and a target there still owes it",
    "The target was off by design when the source was proven there, so nothing was seen of it on that target.",
    "Let it catch up there first where that matters.",
  ),
  "approval-missing": page(
    "nobody approved this plan",
    "The environment carries out only plans that were approved (`requires.approval`). An approval is for one plan, and counts once.",
    "Look at `landfall plan ENV`, then let somebody run `landfall approve ENV --reason R`.",
  ),
  "plan-changed": page(
    "this is not the plan that was approved or looked at",
    "An approval is bound to what a plan would do: commit, sources, steps and their order. A plan that differs in any of it needs one of its own.",
    "Look at the plan, and approve it anew.",
  ),
  "approval-expired": page(
    "the approval is too old",
    "The environment says how long an approval counts (`approval: { within: … }`).",
    "Approve the plan anew.",
  ),
  "approval-untrusted": page(
    "the approval does not count here",
    "The environment takes approvals of certain people, or signed ones only; or the signed commit was altered or is about something else. Keys are those that the manifest on the environment's branch at its remote lists now.",
    "Let one of the `approvers` approve it, with `gpg.format ssh` and `user.signingkey` set in git.",
  ),
  "approvers-unread": page(
    "it cannot be told whose signatures count",
    "The manifest on the environment's branch at its remote could not be read, so no signature can be checked.",
    "Read the message; `branch` must name a branch that is written out, and the remote must answer.",
  ),
  approved: page(
    "the plan was approved",
    "The message tells by whom, and whether that is signed with a listed key or only advisory.",
    "Nothing; it is told so that nobody takes the one for the other.",
  ),
  "approval-spared": page(
    "a way back needs no approval",
    "What was proven here before may come back at any hour: neither an approval nor a proof elsewhere is asked for. It is recorded like any rollout.",
    "Nothing.",
  ),
  "approval-needless": page(
    "there is nothing to approve",
    "The environment asks for no approval, or the plan would change nothing.",
    "Run `landfall plan ENV`.",
  ),
  "not-confirmed": page(
    "nobody said yes",
    "The question was answered with no, or there is no terminal to ask at.",
    "Answer y, or give --yes where nobody is there to ask.",
  ),
  "signing-failed": page(
    "the approval could not be signed",
    "git is set to sign with an SSH key and could not. Nothing was recorded: an approval that is meant to be signed never goes unsigned.",
    "Load the key into ssh-agent (nothing is asked at a terminal), and try `git commit-tree -S`.",
  ),
  "source-unreachable": page(
    "a source's repository cannot be read",
    "A component names another repository, and git could not read it, so what should run is not known. Nothing was changed.",
    "Read git's message; try `git ls-remote ADDRESS` as the same user.",
  ),
  "cannot-undo": page(
    "a rollback that leaves something as it is",
    "Steps that run once, such as migrations, took effect for newer sources than the one that is returned to. A rollback brings the earlier files and processes back, and not the earlier schema or data.",
    "Make sure that the earlier revision works with what the steps made; the backup that is named holds what was there before.",
  ),
  "submodule-unsupported": page(
    "a submodule that cannot be had",
    "The commit records a submodule, and nothing tells where its files come from, or they would have to come from a further repository than the component's own. The release would lack them.",
    "Exclude it, or name it in .gitmodules.",
  ),
  "submodule-missing": page(
    "a submodule that is not fetched",
    "Its files belong to the component and are shipped, from the commit that the repository records of it. This clone does not have that commit.",
    "Run the command that is named; in a workflow let the checkout fetch submodules.",
  ),
  "broken-link": page(
    "a symbolic link that leads nowhere",
    "What it leads to is not in the commit, is left out by `exclude`, or is the link itself. It is shipped as it is, which is right only where the target has what it leads to.",
    "Commit what it leads to, mend it, or exclude the link.",
  ),
  "endless-link": page(
    "a symbolic link without an end",
    "Links that lead out of a component are shipped as what they lead to. This one leads to a folder that holds it, so there would be no end of files.",
    "Exclude it, or link only what is needed.",
  ),
  "object-missing": page(
    "git lacks a file's content",
    "A partial clone has contents only once they are asked for, and this one could not be fetched; or the repository is damaged. Nothing is shipped without it.",
    "Read git's message; fetch again, or make a whole clone.",
  ),
  "hidden-edits": page(
    "edits that git is told not to see",
    "A file of a component, or the manifest, is marked `assume-unchanged` or `skip-worktree`, so `git status` does not tell whether it was edited: what was tried out may not be what is deployed.",
    "Take the mark away with the command that is named, or deploy a named commit with --ref.",
  ),
  "ignored-files": page(
    "ignored files that are not shipped",
    "Files under a component's source are ignored by git. They are here and not in the commit, so neither a build nor the release has them.",
    "Nothing, if they are not needed; otherwise commit them, or let the build make them.",
  ),
  "lfs-pointer": page(
    "an LFS pointer in the source",
    "The commit holds a pointer, not the file; a release made of it would ship the pointer.",
    "Exclude it, or commit the file itself.",
  ),
  // Building a package.
  "build-failed": page(
    "a component's build failed",
    "The build command ended with an error, took too long, or left something that cannot be packed. Nothing was uploaded.",
    "Read its last lines. It runs in a copy that holds only the component's committed files, with few variables: what else it needs, name in the manifest.",
  ),
  "build-empty": page(
    "a build left nothing to ship",
    "The command ended well and the package would be empty, or lack what `package` names: deploying it would take the present content away.",
    "Look at where the command writes; its folder is the component's first source folder.",
  ),
  "build-unchanged": page(
    "a build made nothing",
    "The command ended well and left the committed files as they were, or left the folder empty that it names as its output. The package may lack what it was to hold.",
    "Look at what the command installs. If there is nothing to build, leave `build` out.",
  ),
  "build-path-kept": page(
    "a package holds the path that it was built in",
    "The path exists nowhere on the target, and it is another with each build: the same source gives another package each time. Editable installs and virtual environments do this.",
    "Install the files themselves (`pip install -t`, no `-e`), or remove the named files at the end of the build command.",
  ),
  "build-not-removed": page(
    "a build's folder could not be removed",
    "The build left files there that belong to another user, as a container does that runs as root. The package is made and whole; the folder takes room.",
    'Let the container run as you: docker run --user "$(id -u):$(id -g)" …; remove the folder that is named.',
  ),
  "unlocked-inputs": page(
    "a build whose inputs are not locked",
    "What is installed is decided when the build runs, not by the commit: two builds of one commit may differ, and a new build may ship what nobody tested.",
    "Pin versions with == (better: with hashes), and commit the lock file.",
  ),
  "wrong-platform": page(
    "built for another platform",
    "Native files or wheels of the package are for another processor, system or Python than the target has, so they fail when they are first imported.",
    "Build on the target's platform, or tell the installer: `pip install --platform manylinux2014_x86_64 --python-version 3.10 --only-binary=:all:`. What nobody loads can be removed at the end of the build command.",
  ),
  "package-too-large": page(
    "a package above the limit",
    "The service refuses it: 262,144,000 bytes unzipped, for a function and all its layers together.",
    "Leave out what the target has already or nobody imports; the largest folders are named.",
  ),
  // Reaching a target.
  "host-unknown": page(
    "no such host name",
    "The name could not be resolved, so nothing was asked of the machine.",
    "Correct `host`, or mend DNS.",
  ),
  "host-off": page(
    "the machine does not answer",
    "The connection timed out or there is no route: it is off, hung or cut off.",
    "Start the machine or mend the network, and run again.",
  ),
  "host-hung": page(
    "the machine takes connections and does not speak",
    "Something answers on the network and sshd never says a word: the machine hangs, or is overloaded. It is not off.",
    "Look at the machine's console.",
  ),
  "network-down": page(
    "this machine has no network",
    "Nothing could be asked of the target, so nothing is known of it.",
    "Mend the network of the machine that deploys.",
  ),
  "target-deferred": page(
    "a target that is off by design owes this revision",
    "It is declared `presence: on-demand` and does not answer, so it was left out. It is listed as a debt until it has caught up and is proven.",
    "Switch it on: its boot unit catches up, or run `landfall deploy ENV` again.",
  ),
  "host-refuses": page(
    "nothing listens there",
    "The machine, or something in front of it, refused the connection: sshd is not running or the port is wrong.",
    "Start sshd, or correct `port`.",
  ),
  "host-key-changed": page(
    "the host key is not the one known",
    "The machine is not the one that was trusted, or it was reinstalled. Going on could hand a release to a stranger.",
    "Find out why, then mend known_hosts.",
  ),
  "host-key-unknown": page(
    "the host key is not known yet",
    "Host keys are checked, never accepted unseen.",
    "Add the key to known_hosts after comparing it.",
  ),
  "access-refused": page(
    "the machine refused the login",
    "It answers, and does not accept this user with the keys at hand.",
    "Correct `user`, or install the key.",
  ),
  "connection-lost": page(
    "the connection broke",
    "It was open and ended before the answer was complete, so what was under way may or may not have happened.",
    "Run again: the target is read anew.",
  ),
  "ssh-failed": page(
    "ssh failed",
    "The client ended with an error that has no page of its own; its message is shown.",
    "Read the message; try `ssh` by hand with the same settings.",
  ),
  "command-missing": page(
    "a command is missing on the target",
    "The target lacks a program that a step or Landfall itself needs, in the environment in which steps run.",
    "Install it, or correct the step.",
  ),
  "no-lock-tool": page(
    "the target cannot lock",
    "Changes run under a lock on the target, which takes `flock` or `perl`; neither is there.",
    "Install util-linux (flock).",
  ),
  "directory-unusable": page(
    "the directory cannot be used",
    "The component's directory does not exist and cannot be made, or cannot be written by this user.",
    "Make it, or give this user the right to write.",
  ),
  "disk-full": page(
    "too little space on the target",
    "The release would not fit with some room to spare.",
    "Free space, or keep fewer releases.",
  ),
  "unit-missing": page(
    "the service unit does not exist",
    "systemd on the target knows no unit of this name.",
    "Install the unit, or correct the name.",
  ),
  "target-busy": page(
    "another change is running on the target",
    "The target's own lock is held by a step that has not ended.",
    "Wait for it, or look at the process that is named.",
  ),
  fenced: page(
    "a newer rollout has taken over",
    "The target has seen a higher fencing token: this process lost its lease, and what it still does must not count.",
    "Nothing: the newer rollout goes on. Look at `landfall history`.",
  ),
  "foreign-ledger": page(
    "the target belongs to another ledger",
    "Another environment, or another clone with a ledger of its own, deployed here. Its tokens and ours cannot be compared, so neither could be fenced.",
    "Give each environment a directory of its own, or deploy from that clone. To take the target over: --force --reason.",
  ),
  "local-modifications": page(
    "files of the release were changed on the target",
    "Someone or something edited the running release in place; the next release will not hold those edits.",
    "Bring the edits into the repository.",
  ),
  "reboot-pending": page(
    "a reboot or shutdown is pending on the target",
    "It could interrupt the rollout in the middle.",
    "Let it happen first, or cancel it.",
  ),
  "engine-unreachable": page(
    "no Docker engine answers",
    "The machine answers, and its Docker engine does not: it is not running, or its socket is elsewhere.",
    "Start the engine, and try `docker version` there with the same login.",
  ),
  "engine-refused": page(
    "this login may not use the Docker engine",
    "The engine runs and its socket is closed to the user who deploys.",
    "Add the user to the group docker, or correct `user`.",
  ),
  "engine-unsupported": page(
    "this Docker engine was not tried",
    "It is older than those that Landfall is tested with, or runs containers of another system than Linux.",
    "Update the engine; Linux containers are needed.",
  ),
  "port-taken": page(
    "a port is held by something else",
    "A port that the component publishes is in use on the host, and not by this component's own container.",
    "Free the port, or publish another one.",
  ),
  // Steps.
  "step-failed": page(
    "a step ended with an error",
    "Its command exited non-zero; later steps were not run.",
    "Read its last lines; mend the cause and deploy again.",
  ),
  "step-not-found": page(
    "a step's command does not exist",
    "The shell on the target found no such command (exit status 127).",
    "Install it, or correct the command.",
  ),
  "step-timeout": page(
    "a step was ended by its time limit",
    "It was still running when its limit passed, and was killed with all it had started.",
    "Find out what it waited for, or raise `timeout`.",
  ),
  "step-killed": page(
    "a step was killed by a signal",
    "Something on the target ended it: out of memory, a shutdown, a person.",
    "Look at the target's kernel log.",
  ),
  "interrupted-by-shutdown": page(
    "the machine was shut down while a step ran",
    "A shutdown of the target was under way when the connection was lost or the step was killed, so the step did not come to its end by itself.",
    "Deploy again when the machine is back; its agent catches up with what is proven. A user who may hold shutdowns back (systemd-inhibit) lets the step finish first.",
  ),
  "upload-failed": page(
    "the release did not arrive",
    "What the target unpacked is not what was sent.",
    "Read the message; deploy again.",
  ),
  "dockerfile-missing": page(
    "the Dockerfile is not in the revision",
    "The component's files at this commit hold no such Dockerfile.",
    "Commit it, add its path to the component's `source`, or correct `image.dockerfile`.",
  ),
  "image-build-failed": page(
    "the image was not built",
    "The engine's builder ended with an error. Nothing that runs was touched.",
    "Read its last lines; mend the Dockerfile.",
  ),
  "image-push-failed": page(
    "the image was not pushed",
    "The registry did not take the image, or gave no digest for it.",
    "Read the message; log in to the registry on the machine that deploys.",
  ),
  "image-pull-failed": page(
    "the image was not pulled",
    "The target could not get the image by its digest.",
    "Read the message; log in to the registry on the target.",
  ),
  "container-failed": page(
    "the new container does not run",
    "It could not be made or started, or it ended before it was proven. What ran before runs on, or was started again.",
    "Read its last lines and the likely causes.",
  ),
  "candidate-refuted": page(
    "the new container is not what it should be",
    "It was tried beside the old one and did not prove itself in time, so nothing was switched.",
    "Read its last lines and the likely causes.",
  ),
  "lease-lost": page(
    "the lock was lost in mid-rollout",
    "The lease could not be renewed or was taken over, so no further step was started.",
    "Run again: the target is read anew.",
  ),
  "once-unknown": page(
    "it is not known whether a step that must run once took effect",
    "It was begun and nothing says how it ended. Running it again could do its work twice; skipping it could leave it undone.",
    "Look at what it was to change, then answer with --once-done STEP or --once-rerun STEP and --reason.",
  ),
  "once-target-off": page(
    "the target of a step that must run once is off",
    "A step that must run once runs on one target. That one is off by design, and the manifest lets no target that is on run it: the new code would go live without it.",
    "Power the target on, or let the step run elsewhere: correct `only` and `except`.",
  ),
  "backup-unverified": page(
    "a backup that cannot be relied on",
    "The step ended well, but its file is missing, empty, older than the step, or its check did not succeed. A migration after it would have no way back, so nothing after it was reached.",
    "Read the message; run the check by hand on the target.",
  ),
  cancelled: page(
    "the rollout was cancelled",
    "It was stopped by a person or by the job that ran it.",
    "Deploy again when ready: the target is read anew.",
  ),
  internal: page(
    "a mistake in Landfall",
    "This should not happen, whatever the input was.",
    "Please report it with the lines shown.",
  ),
  // Evidence.
  "wrong-release": page(
    "the target points to another release",
    "`current` does not resolve to the release that was intended.",
    "Deploy again; look who else changes the directory.",
  ),
  "file-changed": page(
    "a file of the release is not what was sent",
    "Its content on the target differs from the commit.",
    "Find out who changed it; `landfall deploy ENV --force --reason R` lays the release anew.",
  ),
  "service-not-active": page(
    "the service is not active",
    "systemd does not report the unit as active.",
    "Look at the log lines shown.",
  ),
  "service-unstable": page(
    "the service did not stay up",
    "It was up and then restarted, died or changed within the settling time.",
    "Look at the log lines shown.",
  ),
  "stale-process": page(
    "the process still runs the old release",
    "The unit is active, and its process was started before the switch or runs from another directory than the release.",
    "Let the unit's WorkingDirectory and ExecStart go through `current`, run daemon-reload, and restart it.",
  ),
  "process-missing": page(
    "no process is running",
    "The pid file names no live process, or nothing listens on the port.",
    "Read what it said last: `journalctl -u UNIT -n 50` for a unit; for a process that a step starts, the step's log under `.landfall/logs` in the component's directory, or wherever the step sends its output.",
  ),
  "process-unreadable": page(
    "the process cannot be read",
    "It belongs to another user, so its directory and executable are hidden.",
    "Allow `sudo -n readlink` for this user, or run the service as this user. Where /proc is mounted with `hidepid`, add this user to the group of its `gid=` too.",
  ),
  "version-old": page(
    "the version endpoint answers another commit",
    "Another revision than the intended one answers requests.",
    "Look which process listens there. Where the process is proven to be the right one, the application names a wrong commit: look where it takes it from.",
  ),
  "version-unknown": page(
    "the version endpoint does not know its revision",
    "It answered, and did not name a commit, so nothing is proven.",
    "Let the build or the release directory tell the application its commit.",
  ),
  "version-missing": page(
    "the version endpoint's answer has no revision",
    "It answered 200, and the answer lacks the value that should name the revision. A 200 proves nothing.",
    "Correct `revision`, or add it to the answer.",
  ),
  "version-unreachable": page(
    "the version endpoint does not answer",
    "No usable answer came within the time limit.",
    "Look at the process and its log.",
  ),
  "no-claim": page(
    "nothing would prove this component",
    "The component declares no claim, so its evidence could only be unknown.",
    "Add `prove`.",
  ),
  "check-failed": page(
    "a check did not hold",
    "The revision is proven to run, and one of the component's `checks` was not met within its time.",
    "Read what was asked, what came and the last log lines; mend the application or the check.",
  ),
  "check-not-reached": page(
    "a check was not reached",
    "Something before it did not hold: the proof of the revision, the health check or a request.",
    "Mend what did not hold; the reason names it.",
  ),
  "no-evidence": page(
    "the proof could not be had",
    "A reading was missing, so the claim is neither proven nor refuted.",
    "Run `landfall prove ENV` when the target can be read.",
  ),
  "wrong-image": page(
    "the container runs another image",
    "The image of the running container is not the one that was built or pulled for the revision. Names, tags and labels are no proof of it.",
    "Deploy again; look who else starts containers or moves tags there.",
  ),
  "container-missing": page(
    "there is no such container",
    "The engine has no container for this component.",
    "Deploy again.",
  ),
  "container-not-running": page(
    "the container does not run",
    "It was started and has ended, or was stopped.",
    "Read its last lines and the likely causes.",
  ),
  "container-restarted": page(
    "the container was restarted by the engine",
    "Its process ended by itself and was started again: it does not stay up.",
    "Read its last lines and the likely causes; a deploy with --force starts a fresh container.",
  ),
  "container-unhealthy": page(
    "the container is not healthy",
    "The image's own health check fails, or has not succeeded yet.",
    "Look at the health check's output with `docker inspect`.",
  ),
  "container-foreign": page(
    "the container was not started by a deploy",
    "It has the component's name or label, and another id than the one that the last switch started.",
    "Find out who started it, and deploy with --force --reason.",
  ),
  "old-container": page(
    "an old container still runs beside the new one",
    "Another container of this component runs: requests, jobs or messages may still be served by old code.",
    "Stop it. A deploy stops those that carry the component's label or name.",
  ),
  "port-not-held": page(
    "the port does not lead to the container",
    "The engine does not publish the port for the running container.",
    "Deploy again; look who else holds the port.",
  ),
  "tag-moved": page(
    "the tag stands for another image now",
    "The registry's tag was moved after its digest was deployed. It is never followed silently.",
    "Deploy again to take the new one, or name the image by its digest.",
  ),
  "health-failed": page(
    "the health address does not answer well",
    "It gave no answer, or one with a status outside 200 to 299.",
    "Look at the container's log lines.",
  ),
  // AWS.
  "wrong-account": page(
    "the credentials belong to another account",
    "The environment names the account that it lies in. Who signs was asked for before anything was written, and it is somebody else.",
    "Use the profile, role or identity of the environment's account; the message says which one gave which account.",
  ),
  "wrong-region": page(
    "another region than the environment's",
    "What was set for the region, or where a bucket lies, is not the region of the environment.",
    "Set AWS_REGION to the environment's region, or correct `aws.region`.",
  ),
  "aws-no-credentials": page(
    "there are no AWS credentials",
    "The SDK's own chain found none, or could not make them: variables, profiles, web identity, single sign-on, instance roles.",
    "Log in, name a profile with `aws.profile`, or give the job an identity.",
  ),
  "aws-expired": page(
    "the AWS credentials have expired",
    "The service took the call for one of a session that has ended. What was under way there goes on by itself.",
    "Renew the credentials and run it again: it reads what is there, and goes on from that.",
  ),
  "aws-denied": page(
    "AWS refused the call",
    "The identity is not allowed to do this, or its keys are not valid.",
    "`landfall policy ENVIRONMENT --check` names what the identity lacks.",
  ),
  "aws-throttled": page(
    "AWS refused too many calls",
    "The service was asked several times, with growing pauses, and still took the calls for too many.",
    "Run it again later: what was done is found, and not done twice.",
  ),
  "aws-unreachable": page(
    "AWS could not be reached",
    "The network gave no connection to the service.",
    "Look at the network, the proxy and `aws.endpoint`.",
  ),
  "aws-failed": page(
    "an AWS call failed",
    "The service answered with an error of its own, which the message holds.",
    "Act on the service's own words.",
  ),
  "permission-missing": page(
    "a permission that the deploy needs is not allowed",
    "The present policies were read and compared with what the manifest needs: nothing allows this action on this resource, or a statement denies it. The deploy would fail half way.",
    "Add what `landfall policy ENV` prints, or take the statement away that denies it.",
  ),
  "permission-unknown": page(
    "whether a permission is allowed cannot be told",
    "A statement has something that is not understood, or depends on what is not known before the call: an operator, a variable, a key of the request. That is never taken for allowed.",
    "Look at the statement that is named; a statement without that condition would say it for sure.",
  ),
  "permission-superfluous": page(
    "a permission that nothing in the manifest needs",
    "A statement allows more than the deploy needs. Whoever gets hold of the credentials can do that too.",
    "Take it away, unless something else uses the same identity; `landfall policy ENV` prints what is needed.",
  ),
  "permission-unlisted": page(
    "permissions that the manifest does not tell",
    "CloudFormation makes a template's resources with the rights of whoever deploys. Which those are stands in the template, and is in no policy that is made from the manifest.",
    "Add to the policy what the template's resources need, as narrow as it can be.",
  ),
  "policy-unread": page(
    "the present policies cannot be read",
    "The identity may not read its own policies, or they are not where it could read them. Nothing is known of what it may do.",
    "Allow the action that is named on the identity itself; `landfall policy ENV` has it where `aws.role` is set.",
  ),
  "policy-versions-full": page(
    "a managed policy has no room for another version",
    "IAM keeps five versions of a managed policy. The next change is refused until one of them is deleted.",
    "Delete the version that is named: it is not the default, so nothing uses it.",
  ),
  "policy-too-many": page(
    "more managed policies than a role takes by default",
    "What is needed does not fit into the number of managed policies that IAM attaches to one role without a raised quota.",
    "Deploy fewer components with one role, or have the quota raised.",
  ),
  "trust-repository": page(
    "which repository of GitHub it is cannot be told",
    "The trust policy names the repository whose jobs may enter the role. It is taken from the git remote `origin`, which must lie at github.com.",
    "Name it with --repository OWNER/NAME. Repositories made after 18 June 2026 have numbers in the token: --repository OWNER-ID/NAME-ID.",
  ),
  "trust-subject": page(
    "a claim that a trust policy cannot say exactly",
    "The trust policy takes jobs of the environment's branches, or of one environment of GitHub. A pattern that it cannot say, or that would take every branch, is refused.",
    "Name the branches, or one environment of GitHub with --github-environment NAME.",
  ),
  "credentials-old": page(
    "credentials older than the environment's limit",
    "An access key or a named secret was made longer ago than `credentials.maxAge` allows. The longer one is in use, the more places know it.",
    "Make a new key, use it, and delete the old one; a job that takes a role by its web identity needs no key at all. `credentials.maxAge` sets the limit.",
  ),
  "credentials-unread": page(
    "the age of credentials cannot be read",
    "The identity may not ask for it, or the service did not say. What is unknown is never taken for good; with `credentials.block` it refuses a deploy.",
    "Allow the permission that is named.",
  ),
  "second-access-key": page(
    "a user with two active access keys",
    "Two keys open the account. The second one is often forgotten after a rotation.",
    "Delete the key that nothing uses any more.",
  ),
  "root-credentials": page(
    "keys of the account itself",
    "The root user's keys may do everything, and no policy holds them back.",
    "Use a role or a user, and delete the root user's keys.",
  ),
  "secret-missing": page(
    "there is no such secret",
    "Secrets Manager has no secret of this name in the environment's account and region, or it is to be deleted.",
    "Make it, or correct the name in `credentials.secrets`.",
  ),
  "not-in-account": page(
    "declared, and not in the account",
    "A component names something that the account and region do not have: it was never deployed there, or somebody removed it.",
    "Deploy the component, or correct its name.",
  ),
  "bucket-unusable": page(
    "the bucket for artifacts cannot be used",
    "It does not exist, belongs to another account, or lies in another region: an artifact put there could not be used, or would be somebody else's.",
    "Create the bucket in the environment's account and region, or correct `artifacts`.",
  ),
  "build-differs": page(
    "a build that is not the same each time",
    "For this very source an artifact was proven, and building it again gave other bytes. An environment that takes what another one proved must not take something else.",
    "Lock what the build installs (exact versions, with hashes); or deploy to the other environment first, so that both get the same.",
  ),
  "artifact-corrupt": page(
    "an artifact's copy is not what its name says",
    "Copies are named by their digest. The bytes that lie there have another one: an upload was cut off, or somebody wrote over it.",
    "Remove the object and deploy again; find out who writes there.",
  ),
  "stack-stuck": page(
    "the stack takes no update",
    "CloudFormation refuses updates of a stack in this state, so nothing was begun.",
    "Do what the message says: it names the way out of this very state.",
  ),
  "stack-failed": page(
    "the stack's change failed",
    "CloudFormation began the change and could not finish it. The events that caused it are in the step's output; what it rolled back is as it was.",
    "Mend what the events name, and deploy again.",
  ),
  "stack-state": page(
    "the stack is not in a finished state",
    "Only a stack whose last change came to its end says what is there.",
    "Wait, or look at its events; then `landfall prove ENVIRONMENT`.",
  ),
  "stack-differs": page(
    "the stack is not what was deployed",
    "Its template, parameters or outputs, read from CloudFormation, are not those of this revision: somebody changed it.",
    "Deploy again to bring it back, or take the change over into the repository.",
  ),
  "stack-drift": page(
    "resources were changed behind the stack's back",
    "CloudFormation's own drift detection found resources that are not what the template says.",
    "Undo the changes that are named, or take them over into the template.",
  ),
  "unexpected-change": page(
    "the change set would do more than was planned",
    "Before it was executed, the change set was compared with the plan: it replaces or removes something that the plan does not name. It was abandoned, and nothing was changed.",
    "Look at the changes that are named; somebody changed the stack meanwhile, or the template does more than it seems.",
  ),
  "template-missing": page(
    "the template is not in the commit",
    "The file that `template` names is not among the component's files at the commit.",
    "Commit it, or correct `template` or `source`.",
  ),
  "template-invalid": page(
    "the template cannot be used",
    "It is not a CloudFormation template, or lacks what the component needs of it.",
    "Mend what the message names.",
  ),
  "layer-differs": page(
    "the layer version holds other content",
    "What Lambda says of the version's content is not the digest of the artifact that should be there.",
    "Deploy again: it is published anew. Find out who publishes layers by hand.",
  ),
  "layer-not-retained": page(
    "a template that deletes earlier layer versions",
    "Without `Retain` CloudFormation deletes the version before with each change: nothing can return to it, and functions that are made anew cannot use it.",
    "Set `UpdateReplacePolicy: Retain` and `DeletionPolicy: Retain` on the layer; in SAM `RetentionPolicy: Retain`.",
  ),
  "layer-missing": page(
    "the layer version is gone",
    "The stack names a layer version that Lambda does not have: it was deleted behind the stack's back.",
    "Deploy again: its content is published anew, and functions must be given the new version.",
  ),
  // The lock and the ledger.
  "lock-held": page(
    "another rollout holds the environment's lock",
    "Two rollouts of one environment never run at once.",
    "Wait for it (--wait 10m), or see `landfall lock ENV`.",
  ),
  "not-locked": page("the environment is not locked", "There is no lease to release.", "Nothing to do."),
  interrupted: page(
    "the last rollout never ended",
    "It was opened and never closed: its process died. The targets are read anew, so the next deploy goes on from what is there.",
    "Run `landfall deploy ENV`.",
  ),
  "ledger-rewritten": page(
    "the ledger's history was rewritten",
    "The record no longer descends from what was seen before, so it cannot be trusted as it stands.",
    "Find out who moved the ref; restore it from a clone.",
  ),
  "ledger-damaged": page(
    "the ledger cannot be read",
    "An entry is missing or malformed.",
    "Run `git fsck`; restore the ref from a clone.",
  ),
  "ledger-unreachable": page(
    "the shared ledger cannot be reached",
    "The ledger lies at a git remote that does not answer. Before the first change that refuses a rollout, because nobody else would see it; readers show what this clone knew, with its age.",
    "Mend the network or the remote's URL and run again; what was recorded here is sent then. `ledger: { remote: local }` keeps the ledger in this clone.",
  ),
  "ledger-read-only": page(
    "the shared ledger cannot be written",
    "The remote can be read, but does not take the ledger's refs from this key. A rollout that others could not see, nor be locked out by, is refused.",
    "Give the key the right to write (in a workflow: `contents: write`), name another repository under `ledger: { remote: … }`, or keep the ledger in this clone alone with `remote: local`.",
  ),
  "commit-not-kept": page(
    "a proven commit could not be kept at the remote",
    "The remote did not take the ref that keeps the commit from being lost with its branch. As long as a branch holds it, it can be fetched.",
    "Allow refs/landfall/keep/ to be made, or keep the branch.",
  ),
  "git-too-old": page(
    "this git cannot be relied on to keep the record",
    "The ledger needs git 2.36 or newer: older ones ignore the setting that makes a write durable, without a word.",
    "Install a newer git.",
  ),
  "ledger-write-failed": page(
    "the record could not be written",
    "git did not confirm the write, so it does not count.",
    "Read git's message; look for a full disk or missing rights.",
  ),
  "notification-failed": page(
    "a notification was not delivered",
    "The outcome is recorded and stands; one of those whom `notify` names was not told of it.",
    "Read the message; correct the address or its secret, or look at the service that should have taken it.",
  ),
  "remote-unreachable": page(
    "the application's git remote does not answer",
    "What should run, and its source, are on a git remote that could not be asked. What runs was kept as it is.",
    "Look at the network and at the access of the user that asked; the agent's timer tries again by itself.",
  ),
  "agent-missing": page(
    "no agent on a target that is off at times",
    "The target is `presence: on-demand`, and nothing there brings it to what it missed when it comes back.",
    "Run `landfall agent install ENV --target T`, or deploy by hand when it is on.",
  ),
  "agent-differs": page(
    "the installed agent is not the one that would be installed now",
    "Its units were changed, or come from another version of Landfall, or its timer does not run.",
    "Run `landfall agent install ENV --target T` again.",
  ),
  "agent-failed": page(
    "the agent's last run did not end well",
    "The target may have missed a revision: its own catch-up did not end proven.",
    "Read the message, and `journalctl -u landfall-sync-APPLICATION-ENVIRONMENT` on the target.",
  ),
  "agent-ok": page(
    "the agent's last run",
    "A target's own catch-up ended well. It is a note of the agent's; what runs is told by the readings.",
    "Nothing to do.",
  ),
  "agent-cannot": page(
    "the agent cannot work there",
    "The target lacks something that its own catch-up needs, or that installing it needs.",
    "Grant or install what is named, then run it again. Nothing was changed.",
  ),
  "nothing-proven": page(
    "nothing was ever proven here",
    "A target catches up with the environment's last proven revision, never with one that failed or was not tried. There is none yet.",
    "Run `landfall deploy ENV`; the agent's timer looks again by itself.",
  ),
  "revision-moved": page(
    "another revision was proven meanwhile",
    "While the sync waited for the lock, a rollout proved another revision, so the one that it had chosen is no longer right.",
    "Nothing to do: it chooses again.",
  ),
  // The image check.
  "image-copy-missing": page(
    "a COPY source does not exist",
    "The Dockerfile copies a path that the build context does not hold, or that .dockerignore keeps out of it. The build would fail.",
    "Correct the path, the context (--context), or the line of .dockerignore that is named.",
  ),
  "image-copy-built-elsewhere": page(
    "a COPY source that git ignores",
    "The source is not in the context, and git ignores it: something builds it before the image. Whether that happens can't be told from here.",
    "Build it before the image, on every machine that builds one.",
  ),
  "image-module-missing": page(
    "the image lacks a module that the code imports",
    "The repository has the module, and the image would not: the Dockerfile does not copy it, or copies it to where Python does not look.",
    "Add the COPY line that is named, or put the module where the import is resolved. `--explain MODULE` tells more.",
  ),
  "image-name-missing": page(
    "a name that the imported module does not have",
    "`from module import name` fails when the name is neither defined in the module nor a module below it in the image.",
    "Define the name, or copy the module of that name into the image.",
  ),
  "image-requirement-missing": page(
    "an import that nothing in the image seems to install",
    "It is no module of the repository, and none of the requirements that the image installs has that name. The base image may bring it.",
    "Add it to the requirements that the Dockerfile installs.",
  ),
  "image-syntax-error": page(
    "a file that Python does not accept",
    "The file would be imported and has a syntax error, so the import fails.",
    "Mend the line that is named.",
  ),
  "image-undetermined": page(
    "it can't be told without more",
    "What the image starts, or what it is made of, hangs on a build argument or a command that can't be followed, or lies where a volume is mounted. That is neither a pass nor a failure.",
    "Give the build argument with --build-arg, or say what is started with --entry. A component of the manifest has `image: { args: … }`; of a program that is not followed, the proof after the deployment tells.",
  ),
  "image-import-unproven": page(
    "an import whose name is computed",
    "The name of the module is only known when the program runs, so whether the image holds it can't be told.",
    "Nothing has to be done; the proof after the deployment tells.",
  ),
  "image-unchecked": page(
    "the image was not checked",
    "The manifest says that this image is not checked before it is built: what it lacks shows when it runs. Or, as a note of `landfall check`, its files are in another repository: then it is checked when a deploy is planned.",
    "Take `check: false` out of the component's `image` when the reason for it is gone.",
  ),
  "image-dockerfile-invalid": page(
    "the Dockerfile can't be built",
    "The builder would refuse the Dockerfile or its ignore file.",
    "Mend the line that is named.",
  ),
  "image-entry-missing": page(
    "the image lacks what it starts",
    "The file or module that the image's command starts is not in the image.",
    "Copy it into the image, or correct CMD, ENTRYPOINT or WORKDIR.",
  ),
  "nothing-to-roll-back-to": page(
    "no earlier proven revision",
    "The ledger knows no revision that was proven before the present one.",
    "Name one with --to, or deploy a good commit.",
  ),
  "no-such-rollout": page(
    "no such rollout",
    "The ledger of this environment has no rollout of this id.",
    "See `landfall history ENV`.",
  ),
  "nothing-recorded": page(
    "nothing was ever deployed here",
    "The ledger has no entry for this environment.",
    "Run `landfall deploy ENV`.",
  ),
  "reason-missing": page(
    "a reason is needed",
    "This overrides a safeguard, so the record must say why.",
    'Add --reason "…".',
  ),
  usage: page(
    "the command line is not understood",
    "A verb, an option or an argument is wrong.",
    "Run `landfall --help` or `landfall VERB --help`.",
  ),
  "node-too-old": page("this Node is too old", "Landfall needs Node 22.18 or newer.", "Install a newer Node."),
} as const satisfies Record<string, CodePage>;

export type Code = keyof typeof codes;
export const Code = z.enum(Object.keys(codes) as [Code, ...Code[]]);
