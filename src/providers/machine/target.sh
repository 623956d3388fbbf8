# shellcheck shell=sh disable=SC2154,SC2034,SC2030,SC2031
# What Landfall does on a machine with release directories, on top of ../target.sh. A step's own output has `|` before each
# line, so that nothing it prints can be taken for an answer. How a release's files are compared is in target-files.sh; the
# verbs are in target-release.sh, target-step.sh and target-read.sh.
#
# <directory>/releases/<id>       one release; releases/.incoming-<rollout> while it is being written
# <directory>/current             a link to releases/<id>
# <directory>/shared/             what survives a release
# <directory>/.landfall/lock, token
#                      /switched  "<id> <boot> <clock> <time>": the last switch of `current`
#                      /releases  <id>.record, .files (what was sent), .changed (by which step), .left (as a verb left it),
#                                 .seen (a large one's state when it was read last), .complete
#                      /once      <component>-<step>-<digest>: "begun|done|failed|killed <status> <rollout>"
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
