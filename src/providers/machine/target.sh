# shellcheck shell=sh disable=SC2154,SC2034,SC2030,SC2031
# Disabled for all parts: variables pass between them (in_… are set by an eval), and a pipe's subshell is meant as one.
#
# What Landfall does on a target, as one library for any POSIX sh (dash, bash, busybox, macOS), Linux and macOS.
# Called as `landfall VERB key=value…`. Each answer is made of lines `lf1 KEY =plain` or `lf1 KEY %hex` and closes with
# `lf1 end =VERB`: an answer without that line was cut off. A step's own output has `|` before each line, so that nothing
# it prints can be taken for an answer. The verbs are in target-release.sh, target-step.sh and target-read.sh.
#
# <directory>/releases/<id>       one release; releases/.incoming-<rollout> while it is being written
# <directory>/current             a link to releases/<id>
# <directory>/shared/             what survives a release
# <directory>/.landfall/lock      every change holds it; names its holder
#                      /token     "<token> <ledger>": the highest fencing token seen, and whose
#                      /switched  "<id> <boot> <clock> <time>": the last switch of `current`
#                      /releases  <id>.record, .files (what was sent), .changed (by which step), .complete
#                      /once      <component>-<step>-<digest>: "begun|done|failed <status> <rollout>"
#                      /sync.json  what the target's own catch-up came to last
#                      /logs      <rollout>-<step>.log, and .end with the runner's answer

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
  dir=$in_directory
  state=$dir/.landfall
  release=$dir/releases/${in_release:-none}
  log=$state/logs/${in_rollout:-none}-${in_step:-none}.log
  result=${log%.log}.end
  step_path=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/homebrew/bin:/snap/bin:${HOME:-/}/.local/bin
  newline='
'
  if have sha256sum; then sha='sha256sum'; else sha='shasum -a 256'; fi
  linux=no
  [ ! -r /proc/self/stat ] || linux=yes
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

# Sets word: a path as a part of a list, `=plain` or `%hex`.
path_word() {
  case $1 in
    *[!A-Za-z0-9._/:@+-]*) word=%$(hex "$1") ;;
    *) word==$1 ;;
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

prepare() {
  if [ ! -d "$state" ]; then
    mkdir -p "$dir" 2>/dev/null || refuse directory-unusable "$dir cannot be made by $(id -un)"
    # Logs may hold what a step prints of secrets: the folder is this user's own.
    (umask 077 && mkdir "$state") 2>/dev/null || [ -d "$state" ] ||
      refuse directory-unusable "$dir cannot be written by $(id -un)"
  fi
  mkdir -p "$dir/releases" "$dir/shared" "$state/once" "$state/releases" "$state/logs" 2>/dev/null ||
    refuse directory-unusable "$dir cannot be written by $(id -un)"
}

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
  (: >>"$state/lock") 2>/dev/null || refuse directory-unusable "$state/lock cannot be written by $(id -un)"
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

# put FILE TEXT: the file has the old content or the new one, never half, and the new one is on the disk.
put() {
  if printf '%s\n' "$2" 2>/dev/null >"$1.$$"; then
    sync "$1.$$" 2>/dev/null || sync
    # The new name must be on the disk too: after a power cut it decides whether something has begun.
    mv -f "$1.$$" "$1" && { sync "${1%/*}" 2>/dev/null || sync; } && return
  fi
  refuse directory-unusable "$1 cannot be written"
}

# --- Files -------------------------------------------------------------------------------------------------------

# compare ROOT: reads a list, and sets wrong, "<state> <path>" for each file that is not as listed, and listed, their number.
# Fails when that could not be had.
compare() {
  wrong=$(check_files "$1") || return 1
  listed=${wrong##*listed }
  wrong=${wrong%"listed $listed"}
  wrong=${wrong%"$newline"}
}

# check_files ROOT: the lines of wrong, and last "listed <n>". A line of the list is "<644|755|lnk> <sha256> <path>"; a path with a
# backslash in it is escaped for printf %b. Files with plain names are hashed many at once: a process costs more than a hash.
check_files() {
  {
    cd "$1" || exit 1
    set --
    files=0
    while read -r mode sum path; do
      files=$((files + 1))
      [ "$files" -le "${most:-$files}" ] || exit 1
      file_state
      printf 'M %s %s %s %s %s\n' "$kind" "$mode" "$own" "$sum" "$path"
      case $kind$own in 644- | 755-) set -- "$@" "$name" ;; esac
      [ "$#" -lt 200 ] || { hashes "$@" && set --; }
    done
    [ "$#" -eq 0 ] || hashes "$@"
    echo whole
  } | awk '
    /^M / { split($0, part, " "); path = substr($0, 13 + length(part[4]) + length(part[5]))
            order[++n] = path; is[path] = part[2]; mode[path] = part[3]; sum[path] = part[5]
            if (part[4] != "-") got[path] = part[4] }
    /^[0-9a-f]/ { got[substr($0, 69)] = substr($0, 1, 64) }
    /^whole$/ { whole = 1 }
    END {
      if (!whole) exit 1
      for (i = 1; i <= n; i++) {
        path = order[i]
        if (is[path] == "non") print "missing", path
        else if ((is[path] == "lnk") != (mode[path] == "lnk") || is[path] == "oth") print "type", path
        else if (!(path in got)) print "unreadable", path
        else if (got[path] != sum[path]) print got[path], path
        else if (is[path] != mode[path]) print "mode-" is[path], path
      }
      print "listed", n + 0
    }'
}

# shellcheck disable=SC2086 # two words on macOS
hashes() { $sha "$@" 2>/dev/null || :; }

# Sets kind (644, 755, lnk, oth or non) and own (a hash, or - where the batch finds it) of the listed $path.
file_state() {
  case $path in
    *\\*)
      # shellcheck disable=SC2059,SC3037 # the path is the data of %b
      name=$(printf '%b_' "$path")
      name=./${name%_}
      plain=no
      ;;
    *) name=./$path plain=yes ;;
  esac
  own=-
  if [ -L "$name" ]; then
    kind=lnk
    own=$(link_text "$name" | $sha | cut -c1-64)
  elif [ -f "$name" ]; then
    if [ -x "$name" ]; then kind=755; else kind=644; fi
    [ "$plain" = yes ] || own=$($sha 2>/dev/null <"$name" | cut -c1-64)
    [ -n "$own" ] || own=unreadable
  elif [ -e "$name" ]; then
    kind=oth
  else
    kind=non
  fi
}

# The text of a symbolic link, without the newline that readlink adds and $() would take with any of its own.
link_text() {
  text=$(readlink "$1" && echo _)
  printf '%s' "${text%"$newline"_}"
}

# Of the lines "<state> <path>" those that no step of ours left so.
unexplained() {
  [ -f "$state/releases/$in_release.changed" ] || { cat && return; }
  known=$state/releases/$in_release.changed awk '
    BEGIN { while ((getline line < ENVIRON["known"]) > 0) own[substr(line, index(line, " ") + 1)] = 1 }
    !($0 in own)'
}

# --- Clock and environment -----------------------------------------------------------------------------------------

# "<clock> <now>": how process starts are told on this system. Linux: clock ticks since boot, taken from the start of a
# fresh process, which $(clock) is, so that it is the very clock of /proc/PID/stat even in a container. Elsewhere: seconds
# of the epoch.
clock() {
  if [ "$linux" = yes ]; then
    contents /proc/self/stat
    start_ticks "$text"
    printf 'ticks %s' "$ticks"
  else
    printf 'epoch %s' "$(date +%s)"
  fi
}

# Sets ticks: the 22nd field of a stat line; the second is the program's name and may hold anything.
start_ticks() {
  # shellcheck disable=SC2086 # to be split
  set -- ${1##*) }
  ticks=${20:-}
}

# Sets boot.
read_boot() {
  if contents /proc/sys/kernel/random/boot_id && [ -n "$text" ]; then
    boot=$text
  else
    boot=$(sysctl -n kern.bootsessionuuid 2>/dev/null || echo unknown)
  fi
}

# Sets user and user_id: one process for both.
read_user() {
  [ -z "${user_id:-}" ] || return 0
  identity=$(id)
  user_id=${identity#uid=}
  user_id=${user_id%%[!0-9]*}
  case $identity in
    "uid=$user_id("*) user=${identity#*\(} user=${user%%\)*} ;;
    *) user=$(id -un) ;;
  esac
}

# What steps see of the world: the same for a push and at boot. No login profile is read.
step_environment() {
  read_user
  runtime=/run/user/$user_id
  [ ! -d "$runtime" ] || set -- XDG_RUNTIME_DIR="$runtime" "$@"
  [ -z "${in_backup:-}" ] || set -- LANDFALL_BACKUP="$in_backup" "$@"
  exec env -i PATH="$step_path" HOME="${HOME:-/}" USER="$user" LOGNAME="$user" LANG=C.UTF-8 \
    LANDFALL_ENVIRONMENT="${in_environment:-}" LANDFALL_COMPONENT="${in_component:-}" LANDFALL_TARGET="${in_target:-}" \
    LANDFALL_COMMIT="${in_commit:-}" LANDFALL_RELEASE="$release" LANDFALL_DIRECTORY="$dir" "$@"
}
