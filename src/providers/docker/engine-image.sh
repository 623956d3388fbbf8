# shellcheck shell=sh disable=SC2154,SC2034
# Verbs that make, push, pull and prune images. Part of engine.sh.

# Standard input: the component's files as a tar, which is compared with what was sent before anything is made of it.
verb_build() {
  engine
  prepare
  lock
  unlock
  context=$state/context-$in_rollout-$$
  trap 'rm -rf "$context" "$context".*' EXIT
  mkdir "$context" || refuse directory-unusable "$context cannot be made"
  cat >"$context.tar" || refuse disk-full "$context.tar cannot be written"
  if have sha256sum; then sum=$(sha256sum <"$context.tar"); else sum=$(shasum -a 256 <"$context.tar"); fi
  [ "sha256:${sum%% *}" = "$in_sum" ] || refuse upload-failed "what arrived is not what was sent"
  # Not -C: GNU tar takes backslashes in its value for escapes.
  problem=$(cd "$context" && tar -xof ../"${context##*/}.tar" 2>&1) || refuse upload-failed "tar: $problem"
  rm -f "$context.tar"
  [ -f "$context/$in_dockerfile" ] || refuse dockerfile-missing "$in_dockerfile is not among the component's files"
  lock
  # Another target of the same rollout may have had it built meanwhile.
  if [ "${in_fresh:-no}" = no ] && built_before; then
    say reused "the image ${id#sha256:} was built here before"
    return
  fi
  build_image
  id=''
  if [ "$status" = 0 ] && contents "$context.id"; then id=$text; fi
  case $id in sha256:*) ;; *) refuse image-build-failed "docker build ended with exit status $status" ;; esac
  put "$state/images/$in_key" "$id $in_source $in_commit -"
  say image "$id"
}

built_before() {
  contents "$state/images/$in_key" || return 1
  id=${text%% *}
  docker image inspect "$id" >/dev/null 2>&1
}

build_image() {
  by=$(builder)
  say builder "$by"
  eval "set -- $in_options"
  buildkit=0
  # The classic builder leaves the container of a step that failed behind, unless it is told not to.
  if [ "$by" = classic ]; then set -- --force-rm "$@"; else buildkit=1 && set -- --progress plain "$@"; fi
  {
    DOCKER_BUILDKIT=$buildkit docker build --iidfile "$context.id" --tag "$in_tag" \
      --file "$context/$in_dockerfile" --label "org.opencontainers.image.revision=$in_commit" \
      --label "landfall.source=$in_source" "$@" "$context" </dev/null 2>&1 9>&-
    echo $? >"$context.status"
  } | tee "$state/build.log" | hand_over
  contents "$context.status"
  status=$text
}

# Hands over each line of standard input as it comes: a filter such as awk may wait until it has a block of them.
hand_over() {
  while IFS= read -r line || [ -n "$line" ]; do printf '|%s\n' "$line"; done
}

# Gives the image the tag of the registry's repository, pushes it, and notes the digest that the registry knows it by.
verb_push() {
  engine
  prepare
  lock
  noted_image
  docker tag "$id" "$in_tag" || refuse image-push-failed "$id is not here any more"
  { docker push "$in_tag" </dev/null 2>&1 9>&-; echo "status $?"; } | tee "$state/push.log" | hand_over
  [ "$(tail -n 1 "$state/push.log")" = 'status 0' ] ||
    refuse image-push-failed "docker push: $(tail -n 2 "$state/push.log" | head -n 1)"
  reference=$(digest_of "$id" "${in_tag%:*}")
  [ -n "$reference" ] || refuse image-push-failed "the registry gave no digest for $in_tag"
  put "$state/images/$in_key" "$id $source $commit $reference"
  say reference "$reference"
  prune_images
}

noted_image() {
  contents "$state/images/$in_key" || refuse image-push-failed "nothing was built here for this source"
  # shellcheck disable=SC2086 # to be split
  set -- $text
  id=$1 source=$2 commit=$3
}

# digest_of ID REPOSITORY: the reference by digest under which the engine knows the image. It leaves out the default registry.
digest_of() {
  short=${2#docker.io/}
  set -- "$1" "${short#library/}"
  docker image inspect --format '{{range .RepoDigests}}{{println .}}{{end}}' "$1" 2>/dev/null | awk -v name="$2@" \
    'index($0, name) == 1 { print; exit }'
}

# By digest only: what comes is what was meant, or nothing.
verb_pull() {
  engine
  prepare
  lock
  { docker pull "$in_reference" </dev/null 2>&1 9>&-; echo "status $?"; } | tee "$state/pull.log" | hand_over
  [ "$(tail -n 1 "$state/pull.log")" = 'status 0' ] ||
    refuse image-pull-failed "docker pull: $(tail -n 2 "$state/pull.log" | head -n 1)"
  id=$(docker image inspect --format '{{.Id}}' "$in_reference" 2>/dev/null)
  [ -n "$id" ] || refuse image-pull-failed "$in_reference was pulled and is not here"
  put "$state/images/$in_key" "$id $in_source $in_commit $in_reference"
  say image "$id"
}

# Beyond the newest in_keep, but never the present one or those of the source digests in in_proven.
prune_images() {
  kept=0
  # shellcheck disable=SC2012 # the names are hashes
  for key in $(cd "$state/images" && ls -1t); do
    contents "$state/images/$key" || continue
    # shellcheck disable=SC2086 # to be split
    set -- $text
    kept=$((kept + 1))
    [ "$kept" -gt "$in_keep" ] || continue
    case " $in_key ${in_proven:-} " in *" $key "* | *" $2 "*) continue ;; esac
    # One that something still runs from stays, and its note with it.
    docker rmi "$1" >/dev/null 2>&1 || ! docker image inspect "$1" >/dev/null 2>&1 || continue
    rm -f "$state/images/$key" && say removed "image $(printf '%s' "${1#sha256:}" | cut -c1-12)"
  done
}
