# shellcheck shell=sh disable=SC2154,SC2034
# What Landfall does with a Docker engine, on top of ../target.sh, and the verbs that only read. The verbs that change
# something are in engine-image.sh and engine-container.sh. Labels and names are addresses: nothing here takes them for proof.
#
# ~/.landfall/docker/<name>/lock, token
#                          /images   <key>: "<image id> <source digest> <commit> <name@digest or ->", written when it was built or pulled
#                          /current  "<container id> <image key> <source digest> <commit> <configuration>": what the last switch started

begin() {
  state=${HOME:-/}/.landfall/docker/$in_name
  # Of an engine before 20.10 only.
  DOCKER_CLI_EXPERIMENTAL=enabled
  export DOCKER_CLI_EXPERIMENTAL
}

prepare() {
  (umask 077 && mkdir -p "$state/images") 2>/dev/null || refuse directory-unusable "$state cannot be made by $(id -un)"
}

# Refuses when no engine answers, and tells what it is otherwise. Every verb begins with it.
engine() {
  have docker || refuse command-missing "it has no docker command"
  if told=$(docker version --format '{{json .Server.Version}} {{json .Server.Os}} {{json .Server.Arch}} {{json .Client.Version}}' 2>&1); then
    say engine "$told"
    return 0
  fi
  told=$(printf '%s\n' "$told" | tail -n 1)
  case $told in
    *[Pp]'ermission denied'*) refuse engine-refused "$(id -un) may not use the Docker engine: $told" ;;
    *) refuse engine-unreachable "no Docker engine answers: $told" ;;
  esac
}

verb_survey() {
  engine
  say builder "$(builder)"
  say place "$(place_problem)"
  say free "$(free_kilobytes "$(docker info --format '{{.DockerRootDir}}' 2>/dev/null)")"
  say_lock
  say_containers
  say_images
  [ -z "${in_tag:-}" ] || say_tag
  [ -z "${in_ports:-}" ] || say_listeners
}

verb_read() {
  engine
  say_containers
  say_images
  [ -z "${in_tag:-}" ] || say_tag
}

place_problem() {
  near=$state
  while [ ! -e "$near" ]; do near=${near%/*}; done
  { [ -d "${near:-/}" ] && [ -w "${near:-/}" ]; } || printf '%s cannot be written by %s' "$near" "$(id -un)"
}

# buildkit where the client can use it: by buildx, or by itself before version 23.
builder() {
  if docker buildx version >/dev/null 2>&1; then
    echo buildkit
  else
    case $(docker version --format '{{.Client.Version}}' 2>/dev/null) in
      18.09.* | 19.* | 20.*) echo buildkit ;;
      *) echo classic ;;
    esac
  fi
}

# --- Containers and images ---------------------------------------------------------------------------------------

# No variable and no label of a container leaves the host, but its place and its part in it. `.ID` and not `.Id`: a field that only
# the JSON has would make the client read all of it as JSON, where what is absent (`.State.Health`) is an error.
container_format='{"id":{{json .ID}},"name":{{json .Name}},"image":{{json .Image}},"status":{{json .State.Status}},
"running":{{json .State.Running}},"exit":{{json .State.ExitCode}},"oom":{{json .State.OOMKilled}},"error":{{json .State.Error}},
"started":{{json .State.StartedAt}},"finished":{{json .State.FinishedAt}},"restarts":{{json .RestartCount}},
"health":{{if .State.Health}}{{json .State.Health.Status}}{{else}}null{{end}},
"place":{{json (index .Config.Labels "landfall.place")}},"role":{{json (index .Config.Labels "landfall.role")}},
"ports":{{json .NetworkSettings.Ports}}}'

# All containers, since the one that is in the way may be anyone's. One may go while they are listed: then once more, and on a
# host where others come and go all the time again after a while.
say_containers() {
  flat=$(printf '%s' "$container_format" | tr -d '\n')
  for try in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
    ids=$(docker ps --all --quiet --no-trunc) || refuse engine-unreachable "its containers could not be listed"
    [ -n "$ids" ] || break
    # shellcheck disable=SC2086 # to be split
    found=$(docker inspect --type container --format "$flat" $ids 2>/dev/null) && break
    [ "$try" != 15 ] || refuse engine-unreachable "its containers could not be read"
    [ "$try" -lt 3 ] || pause
  done
  say now "$(docker info --format '{{json .SystemTime}}' 2>/dev/null)"
  [ -n "$ids" ] || return 0
  while IFS= read -r line; do say container "$line"; done <<END
$found
END
}

# What was noted, and of each image that is noted or runs here what the engine says.
say_images() {
  [ ! -s "$state/current" ] || { contents "$state/current" && say current "$text"; }
  wanted=''
  for path in "$state"/images/*; do
    [ -f "$path" ] || continue
    contents "$path"
    say noted "${path##*/} $text"
    wanted="$wanted ${text%% *}"
  done
  running=$(docker ps --quiet --no-trunc --filter "label=landfall.place=$in_place")
  for id in $running $(docker ps --quiet --no-trunc --filter "name=^/?$in_pattern\$"); do
    wanted="$wanted $(docker inspect --type container --format '{{.Image}}' "$id" 2>/dev/null)"
  done
  # shellcheck disable=SC2086 # to be split
  for id in $(printf '%s\n' $wanted | sort -u); do say_image "$id"; done
}

say_image() {
  shown=$(docker image inspect --format '{"id":{{json .ID}},"revision":{{json (index .Config.Labels "org.opencontainers.image.revision")}},"source":{{json (index .Config.Labels "landfall.source")}},"digests":{{json .RepoDigests}}}' "$1" 2>/dev/null) || return 0
  say image "$shown"
}

# What the registry says a tag stands for now. A registry on this very host need not speak TLS.
say_tag() {
  set -- "$in_tag"
  case $in_tag in localhost[:/]* | 127.*) set -- --insecure "$@" ;; esac
  if told=$(docker manifest inspect --verbose "$@" 2>&1); then
    say tag "$(printf '%s' "$told" | tr -d '\n\t')"
  else
    say notag "$(printf '%s\n' "$told" | tail -n 1)"
  fi
}

# Which of the ports in in_ports something listens on, whoever it is.
say_listeners() {
  [ -r /proc/net/tcp ] || return 0
  for port in $in_ports; do
    awk -v port="$(printf ':%04X' "$port")" '$4 == "0A" && substr($2, length($2) - 4) == port { found = 1 } END { exit !found }' \
      /proc/net/tcp /proc/net/tcp6 2>/dev/null && say listening "$port"
  done
  return 0
}

# --- Why it fails ------------------------------------------------------------------------------------------------

# The last lines of a container, each with | before it, and what it listens on.
verb_logs() {
  engine
  [ -n "${in_container:-}" ] || in_container=$(docker ps --all --quiet --no-trunc --latest --filter "label=landfall.place=$in_place")
  [ -n "$in_container" ] || return 0
  say container "$(docker inspect --type container --format "$(printf '%s' "$container_format" | tr -d '\n')" "$in_container" 2>/dev/null)"
  docker logs --tail "${in_lines:-60}" "$in_container" 2>&1 | cut -c1-2000 | sed 's/^/|/'
  # The last line may lack its end.
  echo
  sockets=$(docker exec "$in_container" cat /proc/net/tcp /proc/net/tcp6 2>/dev/null) || sockets=$(seen_sockets) || return 0
  say sockets "$(printf '%s\n' "$sockets" | awk '$4 == "0A" { printf "%s ", $2 }')"
}

# The same as the host sees it, for an image without cat. The process must be the container's: the engine may be elsewhere.
seen_sockets() {
  pid=$(docker inspect --type container --format '{{.State.Pid}}' "$in_container" 2>/dev/null)
  id=$(docker inspect --type container --format '{{.Id}}' "$in_container" 2>/dev/null)
  [ -n "$id" ] || return 1
  grep -q "$id" "/proc/$pid/cgroup" 2>/dev/null || return 1
  cat "/proc/$pid/net/tcp" "/proc/$pid/net/tcp6" 2>/dev/null
}
