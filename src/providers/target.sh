# shellcheck shell=sh disable=SC2154,SC2034,SC2030,SC2031
# Disabled for all parts: variables pass between them (in_… are set by an eval), and a pipe's subshell is meant as one.
#
# What every provider that changes a machine does there, as a library for any POSIX sh (dash, bash, busybox, macOS), Linux
# and macOS: arguments, answers, the lock and the fence. Called as `landfall VERB key=value…`. Each answer is made of lines
# `lf1 KEY =plain` or `lf1 KEY %hex` and closes with `lf1 end =VERB`: an answer without that line was cut off. The verbs, and
# `begin`, which comes before each, are the provider's own.
#
# $state/lock    every change holds it; names its holder
#       /token   "<token> <ledger>": the highest fencing token seen, and whose

landfall() {
  umask 022
  LC_ALL=C
  export LC_ALL
  PATH="${PATH:-/usr/bin:/bin}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
  verb=$1
  shift
  for argument in "$@"; do
    key=${argument%%=*}
    value=${argument#*=}
    case $key in '' | *[!a-z_]*) exit 64 ;; esac
    eval "in_$key=\$value"
  done
  newline='
'
  begin
  "verb_$verb" "$@"
  say end "$verb"
}

# --- Answers -----------------------------------------------------------------------------------------------------

have() { command -v "$1" >/dev/null 2>&1; }

hex() { printf '%s' "$1" | od -An -v -tx1 | tr -d ' \n'; }

say() {
  case $2 in
    '') printf 'lf1 %s %%\n' "$1" ;;
    *[!\ -~]*) printf 'lf1 %s %%%s\n' "$1" "$(hex "$2")" ;;
    *) printf 'lf1 %s =%s\n' "$1" "$2" ;;
  esac
}

# Sets text: what a small file holds, as $(cat) would give it. A file of one line costs no process.
contents() {
  text='' more=''
  [ -r "$1" ] || return 1
  {
    IFS= read -r text || return 0
    IFS= read -r more || [ -n "$more" ] || return 0
  } <"$1"
  text=$(cat "$1")
}

refuse() {
  say refused "$1"
  say message "$2"
  say end "$verb"
  exit 0
}

pause() { sleep 0.1 2>/dev/null || sleep 1; }

# --- The lock and the fence --------------------------------------------------------------------------------------

# try_lock MODE: takes the lock on descriptor 9 (x: exclusive, s: shared) without waiting.
try_lock() {
  if have flock; then
    flock -n "-$1" 9
  else
    perl -MFcntl=:flock -e 'open(F, "<&=9") or exit 1; flock(F, ($ARGV[0] eq "x" ? LOCK_EX : LOCK_SH) | LOCK_NB) or exit 1' "$1"
  fi
}

# Takes the lock until this process ends or closes descriptor 9, and refuses when a newer rollout has been here.
lock() {
  have flock || have perl || refuse no-lock-tool "neither flock nor perl is there"
  # A redirection that fails ends dash, so it is tried apart first.
  { [ -f "$state/lock" ] && [ -w "$state/lock" ]; } || (: >>"$state/lock") 2>/dev/null || refuse directory-unusable "$state/lock cannot be written by $(id -un)"
  exec 9<>"$state/lock"
  tries=0
  until try_lock x; do
    tries=$((tries + 1))
    [ "$tries" -lt "${in_wait:-50}" ] || refuse target-busy "$(cat "$state/lock")"
    pause
  done
  printf '%s of rollout %s (pid %s)\n' "${in_step:-$verb}" "$in_rollout" $$ >"$state/lock"
  fence
}

unlock() { exec 9>&-; }

fence() {
  seen_token=0 seen_ledger=
  [ ! -s "$state/token" ] || read -r seen_token seen_ledger rest <"$state/token"
  case $seen_token in '' | *[!0-9]*) refuse directory-unusable "$state/token is not readable as a token" ;; esac
  if [ -n "$seen_ledger" ] && [ "$seen_ledger" != "$in_ledger" ]; then
    [ "${in_takeover:-no}" = yes ] || refuse foreign-ledger "the target belongs to ledger $seen_ledger"
  elif [ "$seen_token" -gt "$in_token" ]; then
    refuse fenced "the target has seen token $seen_token, this rollout has $in_token"
  fi
  [ "$seen_token $seen_ledger" = "$in_token $in_ledger" ] || put "$state/token" "$in_token $in_ledger"
}

# What can be read of the lock and the fence.
say_lock() {
  if have flock; then say locktool flock; elif have perl; then say locktool perl; else say locktool none; fi
  [ ! -s "$state/token" ] || { contents "$state/token" && say token "$text"; }
  if { have flock || have perl; } && [ -r "$state/lock" ]; then
    exec 9<"$state/lock"
    try_lock s || say busy "$(cat "$state/lock")"
    exec 9>&-
  fi
}

# put FILE TEXT: the file has the old content or the new one, never half, and the new one is on the disk.
put() {
  if printf '%s\n' "$2" 2>/dev/null >"$1.$$"; then
    sync "$1.$$" 2>/dev/null || sync
    # The new name must be on the disk too: after a power cut it decides whether something has begun.
    mv -f "$1.$$" "$1" && { sync "${1%/*}" 2>/dev/null || sync; } && return
  fi
  refuse directory-unusable "$1 cannot be written"
}

# --- The disk ----------------------------------------------------------------------------------------------------

# The column before the one with the percent sign; a file system's name and a mount point may hold blanks.
free_kilobytes() {
  text=$(df -Pk "$1" 2>/dev/null)
  # shellcheck disable=SC2086 # to be split
  set -- ${text%\%*}
  [ "$#" -lt 2 ] || shift $(($# - 2))
  printf '%s' "${1:-}"
}
