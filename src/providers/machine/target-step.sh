# shellcheck shell=sh disable=SC2154,SC2034,SC2030,SC2031
# Verbs that run a command of the manifest. Part of target.sh. LANDFALL_LIB holds the text of both, because the runner
# needs it in a session of its own.

# Starts the runner in a session of its own and follows the log. The runner, and not this process, holds the lock and
# notes the end: when the deployer or the connection dies, the step goes on to its end and the target knows how it was.
verb_step() {
  prepare
  if [ -e "$result" ] || [ -e "$result.part" ]; then rm -f "$result" "$result.part"; fi
  (umask 077 && : >"$log") || refuse directory-unusable "$log cannot be written"
  # shellcheck disable=SC2016 # for the runner to expand
  read_text='eval "$(cat)"'
  {
    printf '%s\n' "$LANDFALL_LIB"
    # shellcheck disable=SC2016,SC1010 # for the runner to expand
    for argument in run "$@"; do printf 'set -- "$@" ' && quote "$argument"; done
    # shellcheck disable=SC2016 # for the runner to expand
    printf 'landfall "$@"\n'
  } | held_back sh -c "$read_text" >/dev/null 2>>"$log" &
  runner=$!
  # Of the way down nothing else may reach the deployer: sshd ends its sessions first.
  trap 'case $(systemctl is-system-running 2>/dev/null) in stopping) say shutdown now ;; esac; exit 143' TERM
  follow
  trap - TERM
  [ -f "$result" ] || refuse connection-lost "the step's runner ended without an answer"
  cat "$result"
}

quote() {
  case $1 in
    *\'*) printf '%s\n' "$1" | sed "s/'/'\\\\''/g; 1s/^/'/; \$s/\$/'/" ;;
    *) printf "'%s'\n" "$1" ;;
  esac
}

# Only for the background: the process becomes the command, so that $! is the leader of the new session.
own_session() {
  if have setsid; then exec setsid "$@"; fi
  # shellcheck disable=SC2016 # perl's own
  exec perl -MPOSIX=setsid -e 'setsid(); exec @ARGV or exit 127' "$@"
}

# Only for the background: own_session, with a shutdown of the machine held back for as long as the command runs. Who may
# not forbid one may perhaps delay it; where systemd lets this user do neither, nothing is held back.
held_back() {
  if have systemd-inhibit && [ -d /run/systemd/system ]; then
    for mode in block delay; do
      systemd-inhibit --what=shutdown --mode="$mode" true >/dev/null 2>&1 </dev/null || continue
      set -- systemd-inhibit --what=shutdown --mode="$mode" --who=landfall --why="$in_step of rollout $in_rollout" "$@"
      break
    done
  fi
  own_session "$@"
}

# Says once that the machine is about to go down: what is lost after that was interrupted by it.
notice_shutdown() {
  [ -z "${going:-}" ] || return 0
  if [ -e /run/systemd/shutdown/scheduled ] || { [ -d /run/systemd/system ] && [ -e /run/nologin ]; }; then
    going=yes
    say shutdown pending
  fi
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
    notice_shutdown
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
  # Until the deploy comes to its end the release does not count as finished: what failed after the switch is done again.
  rm -f "$state/releases/$in_release.complete"
  once_allows
  before=$(differences_before)
  rm -f "$(left_file)"
  backup_begins
  attempt_all
  backup_verified
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
  # A person's word stands above the journal and the check.
  if [ "${in_rerun:-no}" = no ]; then
    [ "$said" != 'done' ] || leave already
    ask_pending
    case $pending in
      none)
        put "$(once_file)" "done 0 $in_rollout"
        leave nothing-pending
        ;;
      unknown)
        [ "$said" != begun ] || refuse once-unknown "it was begun here ($rest) and did not note its end$asked"
        [ "$said" != killed ] || refuse once-unknown "it was killed here ($rest) and may have done half$asked"
        [ -z "$asked" ] || say note "it was run because it was never begun$asked"
        ;;
    esac
  fi
  put "$(once_file)" "begun - $in_rollout"
}

# Ends the runner without having run the step.
leave() {
  say how "$1"
  say status 0
  say end run
  exit 0
}

# Sets pending to none, some or unknown, and asked to what is to be said of an unknown one.
ask_pending() {
  pending=unknown asked=''
  [ -n "${in_pending:-}" ] || return 0
  run_check "$in_pending"
  if succeeded; then
    pending=none
  elif [ "$how" = exit ] && [ "$status" = 1 ]; then
    pending=some
  else
    asked="; its pending check does not tell: $check_end"
  fi
}

# run_check PROGRAM: like the step itself. Sets how, status and check_end.
run_check() {
  own_program=$in_program in_program=$1
  attempt_once
  in_program=$own_program
  check_end="it ended with exit status $status"
  [ "$how" = exit ] || check_end="it was ended by the time limit of $in_timeout s"
}

once_note() {
  [ -n "${in_oncekey:-}" ] || return 0
  if succeeded; then word='done'; elif was_killed; then word='killed'; else word='failed'; fi
  put "$(once_file)" "$word $status $in_rollout"
}

# --- A backup ------------------------------------------------------------------------------------------------------

# A file that lies beside the backup, so that one clock gives the times of both.
backup_begins() {
  [ -n "${in_backup:-}" ] || return 0
  folder=$(dirname "$in_backup")
  case $in_backup in "$dir"/*) mkdir -p "$folder" 2>/dev/null ;; esac
  mark=$folder/.landfall-start-$$
  (: >"$mark") 2>/dev/null || { mark=$state/logs/.start-$$ && : >"$mark"; }
  backup_before=$(backup_state)
}

# What tells a file from one that took its place, even where the times of both lie in the future: inode, size and time.
backup_state() {
  [ -f "$in_backup" ] || return 0
  stat -L -c '%i %s %y' "$in_backup" 2>/dev/null || stat -L -f '%i %z %Fm' "$in_backup" 2>/dev/null || $sha <"$in_backup"
}

# What the step says of itself is no evidence: the file is.
backup_verified() {
  [ -n "${in_backup:-}" ] || return 0
  if succeeded; then
    wrong=''
    if [ ! -f "$in_backup" ]; then
      wrong="$in_backup was not made"
    elif [ ! -s "$in_backup" ]; then
      wrong="$in_backup is empty"
    elif [ -n "$(find -L "$mark" -newer "$in_backup" 2>/dev/null)" ]; then
      wrong="$in_backup is older than the step: it is not of this run"
    elif [ "$(backup_state)" = "$backup_before" ]; then
      wrong="$in_backup was there before the step, and was not written since: it is not of this run"
    else
      run_check "$in_backup_check"
      succeeded || wrong="the check of $in_backup did not succeed: $check_end"
    fi
    if [ -z "$wrong" ]; then
      say_backup
    else
      how='backup-unverified'
      say message "$wrong"
    fi
  fi
  rm -f "$mark"
}

# "<bytes> <sha256> <path>"; a file of more than 4 GiB is not read once more, and has - for its hash.
say_backup() {
  bytes=$(wc -c <"$in_backup" | tr -d ' ')
  sum=-
  [ "$bytes" -gt 4294967296 ] || sum=$($sha <"$in_backup" | cut -c1-64)
  say backup "$bytes $sum $in_backup"
}

# --- Running -------------------------------------------------------------------------------------------------------

attempt_all() {
  attempt=1 wait_next=1
  while :; do
    attempt_once
    if succeeded || [ "$attempt" -gt "$in_retries" ]; then return; fi
    # A step that must run once is tried again only after an end of its own: a killed one may have done half.
    if [ -n "${in_oncekey:-}" ] && was_killed; then return; fi
    printf 'landfall: attempt %s failed; the next one begins in %s s\n' "$attempt" "$wait_next" >>"$log"
    sleep "$wait_next"
    attempt=$((attempt + 1))
    [ "$wait_next" -ge 30 ] || wait_next=$((wait_next * 2))
  done
}

succeeded() { [ "$how" = exit ] && [ "$status" = 0 ]; }

# By the time limit or by a signal, which a shell tells as 128 and more.
was_killed() { [ "$how" = timeout ] || { [ "$how" = exit ] && [ "$status" -gt 128 ]; }; }

# The command reads its text (with the values in it) from a pipe, never from a command line, and has nothing of ours open.
attempt_once() {
  late=$state/logs/.late-$$
  rm -f "$late"
  { printf '%s\n' "$in_program"; } 9>&- | step_session "$in_shell" >>"$log" 2>&1 9>&- &
  leader=$!
  # It leaves with the step's shell, so that it never outlives a killed runner to hit a stranger with the same number. It
  # keeps the lock, which a killed runner would give up under a step that goes on; its sleeps do not, so that nothing of it
  # holds the lock once it is gone.
  # shellcheck disable=SC2016 # for the watchdog to expand
  own_session sh -c 'n=$1
    while [ "$n" -gt 0 ]; do sleep 1 9>&-; kill -0 "$3" 2>/dev/null || exit 0; n=$((n - 1)); done
    : >"$2"; kill -TERM "-$3"; sleep 3 9>&-; kill -KILL "-$3"' watchdog \
    "$in_timeout" "$late" "$leader" </dev/null >/dev/null 2>&1 &
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

# What differs before the step: what the upload or the step before it, under the same rollout, left, or what is read now. A
# release is read once for each step, not twice. Where a step was cut off, nothing is left to go by.
differences_before() {
  by=''
  [ ! -f "$(left_file)" ] || IFS= read -r by <"$(left_file)"
  if [ "$by" = "$in_rollout" ]; then sed 1d "$(left_file)"; else differences; fi
}

differences() {
  [ -f "$state/releases/$in_release.files" ] || return 0
  compare_or_recall "$in_release" "$release" "$(cat "$state/releases/$in_release.files")"
  printf '%s\n' "$wrong"
}

# Notes which files this step left different from what was sent, and how: a later change to them is still found.
note_changes() {
  after=$(differences)
  leave_differences "$after"
  [ "$after" != "$before" ] || return 0
  {
    printf '%s\n' "$before" | sed 's/^/- /'
    printf '%s\n' "$after" | sed 's/^/+ /'
  } | awk -v step="$in_step" '
    { line = substr($0, 3) }
    /^-/ { was[line] = 1 }
    /^\+/ && line != "" && !(line in was) { print step, line }' >>"$state/releases/$in_release.changed"
}
