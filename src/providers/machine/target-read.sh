# shellcheck shell=sh disable=SC2154,SC2034,SC2030,SC2031
# Verbs that only read. Part of target.sh.

verb_survey() {
  say_place
  say_lock
  say_state
  say_processes
  say_commands
  say_agent
  for path in "$state"/releases/*.record; do
    [ -f "$path" ] || continue
    id=${path##*/}
    [ ! -d "$dir/releases/${id%.record}" ] || say release "${id%.record}"
  done
  for path in "$state/once/$in_component"-*; do
    [ ! -f "$path" ] || { contents "$path" && say once "${path##*/} $text"; }
  done
  [ -f "$state/releases/$id_now.files" ] || return 0
  most=20000
  list=$state/releases/$id_now.files
  listing=$(cat "$list")
  if recall "$id_now" "$home_now" "$listing"; then
    # Not with the list: nothing was read, so it is no look of a proof.
    say_files
  elif compare "$home_now" "$listing" "$list"; then
    say list "$list_sum"
    say_files
  fi
}

# Standard input, with in_files=yes: the list of the artifact's files, which are then compared.
verb_read() {
  say_state
  say_processes
  [ "${in_files:-no}" = yes ] && [ -n "$home_now" ] || return 0
  ! compare "$home_now" "$(cat)" || say_files
}

# What compare found, and what of it steps of ours did.
say_files() {
  say checked "$listed"
  [ -z "$wrong" ] || printf '%s\n' "$wrong" | while IFS= read -r line; do say differs "$line"; done
  [ ! -f "$state/releases/$id_now.changed" ] ||
    while IFS= read -r line; do say changed "$line"; done <"$state/releases/$id_now.changed"
}

say_place() {
  near=$dir
  while [ ! -e "$near" ]; do
    near=${near%/*}
    [ -n "$near" ] || near=/
  done
  place=ok
  for path in "$near" "$dir/releases" "$state"; do
    [ ! -e "$path" ] || { [ -d "$path" ] && [ -w "$path" ] && [ -x "$path" ]; } ||
      { read_user && place="$path cannot be written by $user"; }
  done
  say place "$place"
  say free "$(free_kilobytes "$near")"
  # In a container without systemd /run/nologin may be a left-over of its image.
  if [ -e /run/systemd/shutdown/scheduled ] || { [ -d /run/systemd/system ] && [ -e /run/nologin ]; }; then
    say reboot scheduled
  fi
  [ ! -e /var/run/reboot-required ] || say reboot required
}

# The agent's units as they are installed, what systemd says of them, and the note of its last run.
say_agent() {
  [ ! -s "$state/sync.json" ] || say synced "$(cat "$state/sync.json")"
  { [ -n "${in_agent:-}" ] && [ -f "$in_agent.service" ]; } || return 0
  say agent.service "$(cat "$in_agent.service")"
  say agent.timer "$(cat "$in_agent.timer" 2>/dev/null)"
  have systemctl || return 0
  agent=${in_agent##*/}
  say agent.enabled "$(systemctl is-enabled "$agent.timer" 2>/dev/null)"
  say agent.active "$(systemctl is-active "$agent.timer" 2>/dev/null)"
  ended=$(systemctl show -p ExecMainExitTimestamp "$agent.service" 2>/dev/null)
  [ -n "${ended#*=}" ] || return 0
  say agent.ended "${ended#*=}"
  result=$(systemctl show -p Result "$agent.service" 2>/dev/null)
  say agent.result "${result#*=}"
}

# What `current` is, and what is known of the release that it points to. Sets id_now and home_now.
say_state() {
  id_now='' home_now=''
  read_boot
  say boot "$boot"
  say now "$(clock)"
  # Linux counts in hundredths for all programs, whatever its own clock does (proc(5): sysconf(_SC_CLK_TCK)).
  if [ "$linux" = yes ]; then say hertz 100; else say hertz "$(getconf CLK_TCK 2>/dev/null || echo 100)"; fi
  [ ! -f "$state/switched" ] || { contents "$state/switched" && say switched "$text"; }
  if [ -L "$dir/current" ]; then
    real_path "$dir/releases" && releases=$real || releases=/nowhere
    ! real_path "$dir/current" || home_now=$real
    case $home_now in "$releases"/*/*) ;; "$releases"/*) id_now=${home_now#"$releases"/} ;; esac
    [ -n "$id_now" ] || say link "$(readlink "$dir/current")"
    say current "${id_now:-elsewhere}"
    say home "$home_now"
  elif [ -e "$dir/current" ]; then
    say current nolink
  else
    say current none
  fi
  [ -n "$id_now" ] || return 0
  [ ! -f "$state/releases/$id_now.record" ] || { contents "$state/releases/$id_now.record" && say record "$text"; }
  if [ -f "$state/releases/$id_now.complete" ]; then say complete yes; else say complete no; fi
}

# Sets real: where a folder really is. Nothing here depends on the working directory, so none is kept.
real_path() { cd -P "$1" 2>/dev/null && real=$PWD && cd /; }

# --- Processes ---------------------------------------------------------------------------------------------------

say_processes() {
  [ -z "${in_unit:-}" ] || say_unit
  [ -z "${in_pidfile:-}" ] || say_pidfile
  [ -z "${in_port:-}" ] || say_listeners
}

say_unit() {
  have systemctl || { say unit.LoadState no-systemctl && return; }
  shown=$(systemctl show -p LoadState -p ActiveState -p SubState -p MainPID -p NRestarts -p ExecMainStatus -p Result \
    -p WorkingDirectory -p User -p Type -p ControlGroup "$in_unit" 2>/dev/null)
  while IFS= read -r line; do
    case $line in [A-Z]*=*) say "unit.${line%%=*}" "${line#*=}" ;; esac
  done <<END
$shown
END
  pid=$(printf '%s\n' "$shown" | sed -n 's/^MainPID=\([1-9][0-9]*\)$/\1/p')
  [ -z "$pid" ] || say_process "$pid"
  say_beside "$(printf '%s\n' "$shown" | sed -n 's/^ControlGroup=//p')"
}

# The unit's other processes: with KillMode=process, or a step that outlived its unit, old ones may serve beside the new.
say_beside() {
  [ -n "$1" ] || return 0
  # Version 2, hybrid and version 1 trees.
  for tree in '' /unified /systemd; do
    processes=/sys/fs/cgroup$tree$1/cgroup.procs
    [ -r "$processes" ] || continue
    while read -r other; do [ "$other" = "$pid" ] || say_process "$other" beside; done <"$processes"
    return
  done
}

say_pidfile() {
  if [ ! -e "$in_pidfile" ]; then
    say finding "$in_pidfile does not exist"
  elif contents "$in_pidfile"; then
    case $text in
      *[!0-9]*) pid=$(printf '%s' "$text" | tr -d ' \t\r\n') ;;
      *) pid=$text ;;
    esac
    case $pid in
      '' | 0* | *[!0-9]*) say finding "$in_pidfile holds no process id" ;;
      *) say_process "$pid" ;;
    esac
  else
    read_user
    say hidden "$in_pidfile cannot be read by $user"
  fi
}

# Every process that listens on the port, by the sockets that they hold. A socket whose process cannot be seen is said too.
say_listeners() {
  if [ ! -r /proc/net/tcp ]; then
    for pid in $(lsof -nP "-iTCP:$in_port" -sTCP:LISTEN -t 2>/dev/null); do say_process "$pid"; done
    return
  fi
  sockets=$(awk -v port="$(printf ':%04X' "$in_port")" '$4 == "0A" && substr($2, length($2) - 4) == port { print $10 }' \
    /proc/net/tcp /proc/net/tcp6 2>/dev/null)
  [ -n "$sockets" ] || { say finding "nothing listens on port $in_port" && return; }
  owners=$(socket_owners "$(open_files)")
  case $owners in *none*) owners=$(socket_owners "$(open_files sudo -n)") ;; esac
  for pid in $owners; do
    if [ "$pid" = none ]; then
      read_user
      say hidden "the process that listens on port $in_port belongs to another user than $user"
    else
      say_process "$pid"
    fi
  done
}

# shellcheck disable=SC2016 # for the inner shell
open_files() { "$@" sh -c 'ls -l /proc/[0-9]*/fd 2>/dev/null'; }

# The owners of $sockets in a listing of open files, each once; `none` for a socket that nobody is seen to hold.
socket_owners() {
  printf '%s\n' "$1" | sockets=$sockets awk '
    BEGIN { n = split(ENVIRON["sockets"], list); for (i = 1; i <= n; i++) wanted["socket:[" list[i] "]"] = 1 }
    /^\/proc\// { split($0, part, "/"); pid = part[3] }
    $NF in wanted { found[$NF] = 1; owner[pid] = 1 }
    END { for (pid in owner) print pid; for (socket in wanted) if (!(socket in found)) { print "none"; exit } }'
}

# Sets word: a path as a part of a list, `=plain` or `%hex`.
path_word() {
  case $1 in
    *[!A-Za-z0-9._/:@+-]*) word=%$(hex "$1") ;;
    *) word==$1 ;;
  esac
}

# process = "pid,state,parent,start,cwd,exe", the paths as path_word has them; empty parts could not be read, nor a state of ?.
# A second word is another key.
say_process() {
  key=${2:-process}
  if [ "$linux" = yes ]; then
    contents "/proc/$1/stat" && [ -n "$text" ] || { say "$key" "$1,$(unseen "$1"),,,," && return; }
    rest=${text##*) }
    parent=${rest#* }
    start_ticks "$text"
    told="$1,${rest%% *},${parent%% *},$ticks"
    links_of "/proc/$1/cwd" "/proc/$1/exe"
  else
    told=$(ps -o stat= -o ppid= -o etime= -p "$1" 2>/dev/null) || { say "$key" "$1,gone,,,," && return; }
    cwd=$(lsof -a -p "$1" -d cwd -Fn 2>/dev/null | sed -n 's/^n//p' | head -n 1)
    exe=$(lsof -a -p "$1" -d txt -Fn 2>/dev/null | sed -n 's/^n//p' | head -n 1)
    told="$1,$(printf '%s\n' "$told" | awk -v now="$(date +%s)" '{
      n = split($3, part, "[-:]"); up = part[n] + 60 * part[n - 1] + 3600 * part[n - 2] + 86400 * part[n - 3]
      print substr($1, 1, 1) "," $2 "," now - up }')"
  fi
  path_word "$cwd"
  told=$told,$word
  path_word "$exe"
  say "$key" "$told,$word"
}

# gone, or ? for what is hidden (hidepid in proc(5)): a signal that may not be sent tells that there is somebody to take it.
unseen() {
  case $(kill -0 "$1" 2>&1 && echo taken) in
    taken | *ermitted*) printf '?' ;;
    *) printf gone ;;
  esac
}

# Sets cwd and exe: one process for both, where readlink takes two names and neither text has a newline.
links_of() {
  text=$(readlink "$1" "$2" 2>/dev/null)
  case $text in
    *"$newline"*"$newline"*) ;;
    *"$newline"*)
      cwd=${text%%"$newline"*} exe=${text#*"$newline"}
      return
      ;;
  esac
  cwd=$(link_of "$1")
  exe=$(link_of "$2")
}

# Another user's process shows its links to root only.
link_of() { readlink "$1" 2>/dev/null || sudo -n readlink "$1" 2>/dev/null; }

# --- Commands ----------------------------------------------------------------------------------------------------

# Which of the words in in_commands (one per line) are no commands where steps run, in the shell that runs them: not even
# functions of ours.
say_commands() {
  [ -n "${in_commands:-}" ] || return 0
  set -f
  IFS=$newline
  missing=$(
    PATH=$step_path
    for word in $in_commands; do
      unset -f "$word" 2>/dev/null
      command -v "$word" >/dev/null 2>&1 || is_of_bash "$word" || printf '%s\n' "$word"
    done
  )
  for word in $missing; do say missing "$word"; done
  set +f
  unset IFS
}

# What bash has of its own, such as source, is no command for sh.
# shellcheck disable=SC2016 # for bash to expand
is_of_bash() { [ "${in_shell:-sh}" = bash ] && bash -c 'command -v -- "$1"' bash "$1" >/dev/null 2>&1; }
