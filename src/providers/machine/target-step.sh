# shellcheck shell=sh disable=SC2154,SC2034,SC2030,SC2031
# Verbs that run a command of the manifest. Part of target.sh. LANDFALL_LIB holds the text of both, because the runner
# needs it in a session of its own.

# Starts the runner in a session of its own and follows the log. The runner, and not this process, holds the lock and
# notes the end: when the deployer or the connection dies, the step goes on to its end and the target knows how it was.
verb_step() {
  prepare
  rm -f "$result" "$result.part"
  (umask 077 && : >"$log") || refuse directory-unusable "$log cannot be written"
  # shellcheck disable=SC2016 # for the runner to expand
  read_text='eval "$(cat)"'
  {
    printf '%s\n' "$LANDFALL_LIB"
    # shellcheck disable=SC2016,SC1010 # for the runner to expand
    for argument in run "$@"; do printf 'set -- "$@" %s\n' "$(quote "$argument")"; done
    # shellcheck disable=SC2016 # for the runner to expand
    printf 'landfall "$@"\n'
  } | own_session sh -c "$read_text" >/dev/null 2>>"$log" &
  runner=$!
  follow
  [ -f "$result" ] || refuse connection-lost "the step's runner ended without an answer"
  cat "$result"
}

quote() { printf '%s\n' "$1" | sed "s/'/'\\\\''/g; 1s/^/'/; \$s/\$/'/"; }

# Only for the background: the process becomes the command, so that $! is the leader of the new session.
own_session() {
  if have setsid; then exec setsid "$@"; fi
  # shellcheck disable=SC2016 # perl's own
  exec perl -MPOSIX=setsid -e 'setsid(); exec @ARGV or exit 127' "$@"
}

# Line by line while the runner works; what is left when it has ended goes through one process, which is faster.
follow() {
  part='' line=''
  exec 8<"$log"
  while [ ! -f "$result" ] && kill -0 "$runner" 2>/dev/null; do
    while [ ! -f "$result" ] && IFS= read -r line <&8; do
      printf '|%s%s\n' "$part" "$line"
      part='' line=''
    done
    part=$part$line line=''
    pause
  done
  { printf '%s' "$part" && cat <&8; } | awk '{ print "|" $0 }'
  exec 8<&-
}

# The runner. Its answer is published as a whole when it ends.
verb_run() {
  exec >"$result.part"
  trap 'mv -f "$result.part" "$result"' EXIT
  lock
  [ -d "$release" ] || refuse wrong-release "$release is not there"
  cd "$release" || refuse directory-unusable "$release cannot be entered"
  once_allows
  before=$(differences)
  attempt_all
  note_changes
  once_note
  say how "$how"
  say status "$status"
  say attempts "$attempt"
}

once_file() { printf '%s/once/%s-%s-%s' "$state" "$in_component" "$in_step" "$in_oncekey"; }

once_allows() {
  [ -n "${in_oncekey:-}" ] || return 0
  said=''
  [ ! -f "$(once_file)" ] || read -r said rest <"$(once_file)"
  case $said in
    done)
      if [ "${in_rerun:-no}" = no ]; then
        say how already
        say status 0
        say end run
        exit 0
      fi
      ;;
    begun) [ "${in_rerun:-no}" = yes ] || refuse once-unknown "it was begun here ($rest) and did not note its end" ;;
  esac
  put "$(once_file)" "begun - $in_rollout"
}

once_note() {
  [ -n "${in_oncekey:-}" ] || return 0
  if succeeded; then word='done'; else word='failed'; fi
  put "$(once_file)" "$word $status $in_rollout"
}

attempt_all() {
  attempt=1 wait_next=1
  while :; do
    attempt_once
    if succeeded || [ "$attempt" -gt "$in_retries" ]; then return; fi
    # A step that must run once is tried again only after an end of its own: a killed one may have done half.
    if [ -n "${in_oncekey:-}" ] && { [ "$how" != exit ] || [ "$status" -gt 128 ]; }; then return; fi
    printf 'landfall: attempt %s failed; the next one begins in %s s\n' "$attempt" "$wait_next" >>"$log"
    sleep "$wait_next"
    attempt=$((attempt + 1))
    [ "$wait_next" -ge 30 ] || wait_next=$((wait_next * 2))
  done
}

succeeded() { [ "$how" = exit ] && [ "$status" = 0 ]; }

# The command reads its text (with the values in it) from a pipe, never from a command line, and has nothing of ours open.
attempt_once() {
  late=$state/logs/.late-$$
  rm -f "$late"
  { printf '%s\n' "$in_program"; } 9>&- | step_session "$in_shell" >>"$log" 2>&1 9>&- &
  leader=$!
  # It leaves with the step's shell, so that it never outlives a killed runner to hit a stranger with the same number.
  # shellcheck disable=SC2016 # for the watchdog to expand
  own_session sh -c 'n=$1
    while [ "$n" -gt 0 ]; do sleep 1; kill -0 "$3" 2>/dev/null || exit 0; n=$((n - 1)); done
    : >"$2"; kill -TERM "-$3"; sleep 3; kill -KILL "-$3"' watchdog \
    "$in_timeout" "$late" "$leader" </dev/null >/dev/null 2>&1 9>&- &
  watchdog=$!
  wait "$leader"
  status=$?
  how='exit'
  if [ -f "$late" ]; then
    how='timeout'
  else
    # By its own id too: it may not have become the leader of a group yet.
    kill -KILL "-$watchdog" "$watchdog" 2>/dev/null
  fi
  { wait "$watchdog"; } 2>/dev/null
  rm -f "$late"
}

step_session() {
  # shellcheck disable=SC2016 # for the step's own shell to expand
  start='LANDFALL_PROGRAM=$(cat); exec </dev/null; eval "$LANDFALL_PROGRAM"'
  if [ "$1" = bash ]; then set -- bash -euo pipefail -c "$start"; else set -- sh -eu -c "$start"; fi
  if have setsid; then
    set -- setsid "$@"
  else
    set -- perl -MPOSIX=setsid -e 'setsid(); exec @ARGV or exit 127' "$@"
  fi
  step_environment "$@"
}

differences() {
  [ ! -f "$state/releases/$in_release.files" ] || check_files "$release" "$state/releases/$in_release.files"
}

# Notes which files this step left different from what was sent, and how: a later change to them is still found.
note_changes() {
  after=$(differences)
  [ "$after" != "$before" ] || return 0
  printf '%s\n' "$after" | while IFS= read -r line; do
    case $newline$before$newline in *"$newline$line$newline"*) continue ;; esac
    [ -z "$line" ] || printf '%s %s\n' "$in_step" "$line" >>"$state/releases/$in_release.changed"
  done
}
