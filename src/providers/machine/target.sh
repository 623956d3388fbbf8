# shellcheck shell=sh disable=SC2154,SC2034,SC2030,SC2031
# What Landfall does on a machine with release directories, on top of ../target.sh. A step's own output has `|` before each
# line, so that nothing it prints can be taken for an answer. The verbs are in target-release.sh, target-step.sh and
# target-read.sh.
#
# <directory>/releases/<id>       one release; releases/.incoming-<rollout> while it is being written
# <directory>/current             a link to releases/<id>
# <directory>/shared/             what survives a release
# <directory>/.landfall/lock, token
#                      /switched  "<id> <boot> <clock> <time>": the last switch of `current`
#                      /releases  <id>.record, .files (what was sent), .changed (by which step), .left (as a verb left it), .complete
#                      /once      <component>-<step>-<digest>: "begun|done|failed <status> <rollout>"
#                      /sync.json  what the target's own catch-up came to last
#                      /logs      <rollout>-<step>.log, and .end with the runner's answer

begin() {
  dir=$in_directory
  state=$dir/.landfall
  release=$dir/releases/${in_release:-none}
  log=$state/logs/${in_rollout:-none}-${in_step:-none}.log
  result=${log%.log}.end
  step_path=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/homebrew/bin:/snap/bin:${HOME:-/}/.local/bin
  if have sha256sum; then sha='sha256sum'; else sha='shasum -a 256'; fi
  linux=no
  [ ! -r /proc/self/stat ] || linux=yes
}

prepare() {
  if [ ! -d "$state" ]; then
    mkdir -p "$dir" 2>/dev/null || refuse directory-unusable "$dir cannot be made by $(id -un)"
    # Logs may hold what a step prints of secrets: the folder is this user's own.
    (umask 077 && mkdir "$state") 2>/dev/null || [ -d "$state" ] ||
      refuse directory-unusable "$dir cannot be written by $(id -un)"
  fi
  [ ! -d "$dir/releases" ] || [ ! -d "$dir/shared" ] || [ ! -d "$state/once" ] || [ ! -d "$state/releases" ] ||
    [ ! -d "$state/logs" ] || return 0
  mkdir -p "$dir/releases" "$dir/shared" "$state/once" "$state/releases" "$state/logs" 2>/dev/null ||
    refuse directory-unusable "$dir cannot be written by $(id -un)"
}

# --- Files -------------------------------------------------------------------------------------------------------

# compare ROOT LIST [FILE]: takes a list, and sets wrong, "<state> <path>" for each file that is not as listed, listed, their number,
# and list_sum, the hash of the list's own FILE, or -. Fails when that could not be had.
compare() {
  wrong=$(check_files "$@") || return 1
  listed=${wrong##*listed }
  wrong=${wrong%"listed $listed"}
  wrong=${wrong%"$newline"}
  list_sum=${listed#* }
  listed=${listed% *}
}

# check_files ROOT LIST [FILE]: the lines of wrong, and last "listed <n> <hash>". A line of the list is "<644|755|lnk> <sha256> <path>"; a path with a
# backslash in it is escaped for printf %b. Files with plain names are hashed many at once, and nothing more is asked when all
# is as listed: a process costs more than a hash, and a shell that reads a file line by line reads it byte by byte.
check_files() {
  cd "$1" || exit 1
  lines=$2 list=${3:-}
  set --
  files=0 found='' expected='' all='' bad=no list_hash=-
  set -f
  IFS=$newline
  for line in $lines; do
    unset IFS
    mode=${line%% *} sum=${line#* }
    path=${sum#* } sum=${sum%% *}
    files=$((files + 1))
    [ "$files" -le "${most:-$files}" ] || exit 1
    file_state
    found="${found}M $kind $mode $own $sum $path$newline"
    case $kind$own in
      644- | 755-) set -- "$@" "$name" && expected=$expected$sum\ \ $name$newline ;;
      *) [ "$own" = "$sum" ] || bad=yes ;;
    esac
    [ "$kind" = "$mode" ] || bad=yes
    [ "$((files % 200))" != 0 ] || { check_batch "$@" && set --; }
  done
  unset IFS
  if [ -n "$list" ]; then set -- "$@" "$list"; fi
  check_batch "$@"
  if [ "$bad" = yes ]; then printf '%swhole\n' "$all" | tell_wrong || exit 1; fi
  echo "listed $files $list_hash"
}

# Compares the hashes of some files, the list's own among them. Two words of $sha on macOS; without a file it would read ours.
# shellcheck disable=SC2086
check_batch() {
  got=''
  [ "$#" -eq 0 ] || got=$($sha "$@" 2>/dev/null)$newline
  last=${got%"$newline"}
  last=${last##*"$newline"}
  case $last in *"  $list") list_hash=${last%% *} expected=$expected$last$newline ;; esac
  [ "$got" = "$expected" ] || bad=yes
  all=$all$found$got found='' expected=''
}

tell_wrong() {
  awk '
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
    }'
}

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

# What of the release differs from what was sent, as the last verb of a rollout left it: the rollout, and lines of wrong.
left_file() { printf '%s/releases/%s.left' "$state" "$in_release"; }
leave_differences() { printf '%s\n%s\n' "$in_rollout" "$1" >"$(left_file)"; }

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
