# shellcheck shell=sh disable=SC2154
# What changes a target for an agent, as root. Every change that was made is a line "changed<tab><what>".
# arguments: a verb, then name=value…

changed() { printf 'changed\t%s\n' "$1"; }

# put FILE MODE <text: the file has the old content or the new one, never half. Returns 3 when it had the new one.
put() {
  new=$(mktemp /run/landfall.XXXXXX) || fail "/run cannot be written"
  # Not left to set -e, which is off where the result of put is looked at.
  cat >"$new" || { rm -f "$new" && fail "$1 cannot be written: its text did not arrive whole"; }
  if [ -f "$1" ] && cmp -s "$1" "$new" && [ "$(stat -c %a "$1")" = "$2" ]; then
    rm -f "$new"
    return 3
  fi
  if install -m "$2" "$new" "$1.new" && mv -f "$1.new" "$1" && rm -f "$new"; then
    changed "$1"
  else
    rm -f "$new" "$1.new"
    fail "$1 cannot be written"
  fi
}

as_user() { runuser -u "$user" -- env HOME="$home" GIT_TERMINAL_PROMPT=0 GIT_SSH_COMMAND='ssh -o BatchMode=yes' "$@"; }

# Standard input: the program as tar.gz. It gets its name only after it ran here once.
do_place() {
  mkdir -p "$programs"
  new=$programs/.incoming-$$
  trap 'rm -rf "$new"' EXIT
  mkdir "$new"
  tar -xzf - -C "$new" --no-same-owner
  said=$("$new/bin/landfall" --version 2>&1) || fail "it does not run here: $said"
  [ "$said" = "landfall $version" ] || fail "it says that it is $said, not landfall $version"
  printf '%s\n' "$digest" >"$new/.digest"
  rm -rf "${programs:?}/.old" && { [ ! -e "$programs/$version" ] || mv "$programs/$version" "$programs/.old"; }
  mv "$new" "$programs/$version"
  rm -rf "$programs/.old"
  changed "$programs/$version"
}

# Standard input: the variables file.
do_install() {
  mkdir -p "${variables%/*}" "${clone%/*}"
  put "$variables" 600 || :
  make_clone
  units_changed=no
  put_unit "$units/$unit.service" "$service"
  put_unit "$units/$unit.timer" "$timer"
  [ "$units_changed" = no ] || systemctl daemon-reload
  if ! systemctl is-enabled -q "$unit.timer" 2>/dev/null || ! systemctl is-active -q "$unit.timer"; then
    systemctl enable -q --now "$unit.timer"
    changed "$unit.timer is enabled and started"
  elif [ "$units_changed" = yes ]; then
    systemctl restart "$unit.timer"
  fi
  sweep_programs
}

# put_unit FILE TEXT: put, noting in units_changed that it had another text.
put_unit() {
  status=0
  printf '%s' "$2" | put "$1" 644 || status=$?
  case $status in 0) units_changed=yes ;; 3) ;; *) exit 1 ;; esac
}

make_clone() {
  if [ ! -d "$clone/.git" ]; then
    rm -rf "$clone"
    install -d -o "$user" -g "$(id -gn "$user")" -m 750 "$clone"
    as_user git -C "$clone" init --quiet
    as_user git -C "$clone" remote add origin "$address"
    changed "$clone"
  elif [ "$(stat -c %U "$clone")" != "$user" ]; then
    chown -R "$user:$(id -gn "$user")" "$clone"
    changed "$clone belongs to $user"
  fi
  if [ "$(as_user git -C "$clone" remote get-url origin)" != "$address" ]; then
    as_user git -C "$clone" remote set-url origin "$address"
    changed "$clone fetches from $address"
  fi
  if [ -n "$ledger_name" ] && [ "$(as_user git -C "$clone" remote get-url "$ledger_name" 2>/dev/null)" != "$ledger_address" ]; then
    as_user git -C "$clone" remote remove "$ledger_name" 2>/dev/null || :
    as_user git -C "$clone" remote add "$ledger_name" "$ledger_address"
    changed "$clone has the ledger at $ledger_address"
  fi
  # What a sync looks for before it changes the work tree.
  as_user git -C "$clone" config landfall.agent true
  as_user git -C "$clone" rev-parse --quiet --verify HEAD >/dev/null 2>&1 && return
  as_user timeout 300 git -C "$clone" fetch --quiet --no-tags origin '+refs/heads/*:refs/remotes/origin/*' ||
    fail "$address could not be fetched by $user"
  as_user git -C "$clone" checkout --quiet --force --detach "$commit" ||
    fail "$address does not have the commit $commit: push it"
}

# Programs that no agent's unit starts any more, in a folder that holds nothing else.
sweep_programs() {
  for one in "$programs"/*/; do
    [ -f "$one.digest" ] || continue
    one=${one%/}
    grep -qs "^ExecStart=$one/" "$units"/landfall-sync-*.service && continue
    rm -rf "$one"
    changed "$one is removed"
  done
}

do_uninstall() {
  if [ -f "$units/$unit.timer" ]; then systemctl disable -q --now "$unit.timer"; fi
  if [ -f "$units/$unit.service" ]; then systemctl stop "$unit.service"; fi
  for one in "$units/$unit.timer" "$units/$unit.service" "$variables" "$clone"; do
    [ ! -e "$one" ] || { rm -rf "$one" && changed "$one is removed"; }
  done
  systemctl daemon-reload
  systemctl reset-failed "$unit.service" 2>/dev/null || :
  [ ! -d "$programs" ] || sweep_programs
  rmdir "$programs" "${variables%/*}" "${clone%/*}" 2>/dev/null || :
}

fail() {
  echo "$1" >&2
  exit 1
}

set -eu
umask 022
verb=$1
shift
for argument in "$@"; do eval "${argument%%=*}=\${argument#*=}"; done
"do_$verb"
