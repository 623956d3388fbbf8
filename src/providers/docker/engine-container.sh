# shellcheck shell=sh disable=SC2154,SC2034
# Verbs that start, switch and remove containers. Part of engine.sh.

# Beside what runs, on ports of its own that only the host itself can reach.
verb_candidate() {
  engine
  prepare
  lock
  remove_all candidate
  make_container candidate "$in_name.next" --restart no
  start_container || {
    docker rm --force --volumes "$made" >/dev/null 2>&1
    refuse container-failed "the new container does not start: $problem"
  }
  say container "$made"
}

# The candidate goes: it was a trial.
verb_discard() {
  engine
  prepare
  lock
  remove_all candidate
}

# A published port can't be handed over: the old container gives it up, then the new one takes it. All that takes time
# happens before. If the new one does not start, the old one is started again.
verb_switch() {
  engine
  prepare
  lock
  # A connection that breaks, or a deployer that is stopped, must not leave the place without a container.
  trap '' HUP PIPE TERM
  remove_all candidate
  docker rm --force --volumes "$in_name.new" >/dev/null 2>&1
  make_container serving "$in_name.new" --restart unless-stopped
  old=$(others "$made")
  old_note=''
  [ ! -s "$state/current" ] || { contents "$state/current" && old_note=$text; }
  put "$state/current" "$made $in_key $in_source $in_commit $in_configuration"
  were_running=''
  for id in $old; do
    [ "$(docker inspect --type container --format '{{.State.Running}}' "$id" 2>/dev/null)" != true ] || were_running="$were_running $id"
    docker stop "$id" >/dev/null 2>&1 || refuse_switch "the old container could not be stopped"
  done
  give_way
  docker rename "$made" "$in_name" 2>/dev/null || refuse_switch "the name $in_name is taken"
  start_container || refuse_switch "the new container does not start: $problem"
  stays_up || refuse_switch "the new container ended at once: $problem"
  say container "$made"
}

# The place's other containers, whoever made them: by label, or by the name that is the place's own.
others() {
  { docker ps --all --quiet --no-trunc --filter "label=landfall.place=$in_place"
    docker ps --all --quiet --no-trunc --filter "name=^/?$in_pattern\$"; } | sort -u | grep -v "^$1\$"
}

# The name is free for the new container: what had it keeps its id as a part of its name.
give_way() {
  holder=$(docker ps --all --quiet --no-trunc --filter "name=^/?$in_pattern\$")
  [ -z "$holder" ] || docker rename "$holder" "$in_name.$(printf '%s' "$holder" | cut -c1-12)" 2>/dev/null
}

refuse_switch() {
  docker logs --tail 60 "$made" 2>&1 | cut -c1-2000 | sed 's/^/|/'
  echo
  docker rm --force --volumes "$made" >/dev/null 2>&1
  if [ -n "$old_note" ]; then put "$state/current" "$old_note"; else rm -f "$state/current"; fi
  back=''
  for id in $were_running; do docker start "$id" >/dev/null 2>&1 && back=$id; done
  [ -z "$back" ] || docker rename "$back" "$in_name" 2>/dev/null
  if [ -n "$back" ]; then
    refuse container-failed "$1; the old container serves again"
  elif [ -n "$were_running" ]; then
    refuse container-failed "$1; and the old container could not be started again"
  fi
  refuse container-failed "$1"
}

verb_finish() {
  engine
  prepare
  lock
  contents "$state/current" || refuse container-missing "nothing was started here"
  current=${text%% *}
  for id in $(others "$current"); do
    docker rm --force --volumes "$id" >/dev/null 2>&1 && say removed "container $(printf '%s' "$id" | cut -c1-12)"
  done
  prune_images
}

# make_container ROLE NAME OPTION...: sets made. Variables come through a pipe and files as a tar on standard input, so neither
# is on a command line; what is made has them in its own layer and never in an image.
make_container() {
  role=$1 name=$2
  shift 2
  options=$in_options
  [ "$role" = serving ] || options=$in_candidate_options
  eval "set -- \"\$@\" $options"
  eval "set -- --name \"\$name\" --label landfall.place=\"\$in_place\" --label landfall.role=\"\$role\" \
    --label landfall.rollout=\"\$in_rollout\" --env-file /dev/stdin \"\$@\" \"\$in_image\" ${in_command:-}"
  made=$(printf '%s' "${in_env:-}" | docker create "$@" 2>"$state/create.log" 9>&-) ||
    refuse container-failed "the new container could not be made: $(tail -n 1 "$state/create.log")"
  [ "${in_files:-no}" = yes ] || return 0
  docker cp - "$made:/" 2>"$state/create.log" >&2 9>&- || {
    docker rm --force --volumes "$made" >/dev/null 2>&1
    refuse container-failed "its secret files could not be laid: $(tail -n 1 "$state/create.log")"
  }
}

start_container() {
  problem=$(docker start "$made" 2>&1 >/dev/null 9>&-) && return 0
  problem=$(printf '%s\n' "$problem" | head -n 1)
  return 1
}

# Whether it still runs two seconds after its start.
stays_up() {
  for try in 1 2 3 4; do
    sleep 0.5 2>/dev/null || sleep 1
    problem=$(docker inspect --type container --format '{{.State.Status}}, exit status {{.State.ExitCode}}, {{.RestartCount}} restarts' "$made" 2>&1)
    case $problem in 'running, exit status 0, 0 restarts') ;; *) return 1 ;; esac
  done
}

# remove_all ROLE: the place's containers with this role.
remove_all() {
  for id in $(docker ps --all --quiet --no-trunc --filter "label=landfall.place=$in_place" --filter "label=landfall.role=$1"); do
    docker rm --force --volumes "$id" >/dev/null 2>&1
  done
}
