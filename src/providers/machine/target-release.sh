# shellcheck shell=sh disable=SC2154,SC2034,SC2030,SC2031
# Verbs that lay, switch and prune releases. Part of target.sh.

# Standard input: the tar. It is written beside the releases without the lock, so that a dead connection cannot hold it,
# and gets its final name only when every file was read back right.
verb_unpack() {
  prepare
  lock
  rm -rf "$dir"/releases/.incoming-* "$state"/releases/.incoming-*
  unlock
  incoming=$dir/releases/.incoming-$in_rollout
  list=$state/releases/.incoming-$in_rollout
  mkdir "$incoming" || refuse directory-unusable "$incoming cannot be made"
  printf '%s\n' "$in_files" >"$list"
  # Not -C: GNU tar takes backslashes in its value for escapes.
  problem=$(cd "$incoming" && tar -xof - 2>&1) || refuse_upload "tar: $problem"
  if [ "${in_large:-no}" = yes ]; then pause && look_over "$incoming" "$in_files"; fi
  verify_incoming
  link_shared
  lock
  [ -d "$incoming" ] || refuse fenced "a newer rollout removed what this one was sending"
  if [ "${in_fresh:-no}" = no ] && release_is_whole && shared_is_linked; then
    rm -rf "$incoming" "$list"
    # From here on steps may change it: should they be cut off, it must not count as finished.
    rm -f "$state/releases/$in_release.complete"
    leave_differences "$wrong"
    say unpacked unchanged
    return
  fi
  to_disk "$incoming"
  rm -f "$state/releases/$in_release".*
  put "$state/releases/$in_release.record" "$in_commit $in_digest $in_component $in_recipe"
  mv -f "$list" "$state/releases/$in_release.files"
  set_aside
  mv "$incoming" "$release" || refuse directory-unusable "$release cannot be made"
  wrong=''
  [ "${in_large:-no}" = no ] || note_seen "$in_release"
  leave_differences "$wrong"
  say unpacked new
}

# Writes the file system of a folder out: marks that are on the disk must not stand above files that a power cut empties.
to_disk() { sync -f "$1" 2>/dev/null || sync; }

refuse_upload() {
  rm -rf "$incoming" "$list"
  refuse upload-failed "$1"
}

verify_incoming() {
  compare "$incoming" "$in_files" || refuse_upload "the release cannot be read back"
  [ -z "$wrong" ] || refuse_upload "not what was sent: $(printf '%s' "$wrong" | head -n 5 | tr '\n' ';')"
  # A name with a newline counts as two lines. Where none was sent that is as wrong as the file itself.
  case $in_files in
    *\\*) found=$(find "$incoming" ! -type d -print0 | tr -dc '\000' | wc -c) ;;
    *) found=$(find "$incoming" ! -type d | wc -l) ;;
  esac
  found=$((found))
  [ "$listed" = "$found" ] || refuse_upload "$found files arrived, $listed were sent"
  case $newline$in_files in *"${newline}lnk "*) verify_links ;; esac
}

verify_links() {
  while read -r mode sum path; do
    [ "$mode" = lnk ] || continue
    name=$(printf '%b_' "$path")
    name=${name%_}
    link_escapes "$name" "$(link_text "$incoming/$name")" && refuse_upload "the link $name leads out of the release"
  done <"$list"
}

# One path per line in in_shared. A path that ends in / is a folder, made when it is missing.
link_shared() {
  set -f
  IFS=$newline
  for path in ${in_shared:-}; do
    case $path in */) path=${path%/} && mkdir -p "$dir/shared/$path" ;; esac
    if [ -e "$incoming/$path" ] || [ -L "$incoming/$path" ]; then
      refuse_upload "$path is shared between releases, and this release has it too"
    fi
    mkdir -p "$(dirname "$dir/shared/$path")" "$(dirname "$incoming/$path")"
    ln -s "$dir/shared/$path" "$incoming/$path" || refuse_upload "shared/$path cannot be linked"
    [ -e "$dir/shared/$path" ] || say note "shared/$path does not exist on the target yet"
  done
  set +f
  unset IFS
}

# Whether the release is there as it was sent; what its own steps changed counts as long as it was finished.
release_is_whole() {
  [ -d "$release" ] && [ -f "$state/releases/$in_release.record" ] || return 1
  compare "$release" "$in_files" || return 1
  [ -z "$wrong" ] && return 0
  [ -f "$state/releases/$in_release.complete" ] || return 1
  [ -z "$(printf '%s\n' "$wrong" | unexplained)" ]
}

# Whether every shared path of the release that is there is the link that link_shared makes. What was not shared yet when the
# release was laid is linked now: that takes nothing from what may run in it.
shared_is_linked() {
  linked=yes
  set -f
  IFS=$newline
  for path in ${in_shared:-}; do is_linked "${path%/}" || linked=no; done
  set +f
  unset IFS
  [ "$linked" = yes ]
}

is_linked() {
  link=$release/$1
  if [ -L "$link" ]; then
    [ "$(readlink "$link")" = "$dir/shared/$1" ]
    return
  fi
  [ ! -e "$link" ] && mkdir -p "${link%/*}" && ln -s "$dir/shared/$1" "$link" || return
  say note "shared/$1 was linked into releases/$in_release"
}

# What is there gives way. When `current` leads to it that follows, so that what serves is whole until the switch; only
# between the two renames does it lead nowhere.
set_aside() {
  [ -d "$release" ] || return 0
  n=1
  while [ -e "$release.replaced-$n" ]; do n=$((n + 1)); done
  aside=releases/$in_release.replaced-$n follows=''
  [ "$(readlink "$dir/current")" != "releases/$in_release" ] || follows=', and current leads there'
  [ -z "$follows" ] || make_link "$aside"
  mv "$release" "$dir/$aside" || refuse directory-unusable "$release cannot be set aside"
  [ -z "$follows" ] || take_link
  say note "what was at releases/$in_release was set aside as $aside$follows"
}

# link_escapes PATH TEXT: whether a link at PATH in the release would lead out of it. `..` may stand only in front,
# where it is exact: behind another link it would lead anywhere.
link_escapes() {
  place=$1 rest=$2
  while :; do
    case $rest in
      /*) return 0 ;;
      ./*) rest=${rest#./} ;;
      .. | ../*)
        case $place in */*) place=${place%/*} ;; *) return 0 ;; esac
        rest=${rest#..}
        while :; do case $rest in /*) rest=${rest#/} ;; *) break ;; esac done
        ;;
      *) break ;;
    esac
  done
  case /$rest/ in */../*) return 0 ;; *) return 1 ;; esac
}

verb_switch() {
  prepare
  lock
  [ -d "$release" ] || refuse wrong-release "$release is not there"
  [ ! -e "$dir/current" ] || [ -L "$dir/current" ] || refuse directory-unusable "$dir/current is not a link"
  make_link "releases/$in_release"
  take_link
  read_boot
  put "$state/switched" "$in_release $boot $(clock)"
}

make_link() {
  link=$dir/.current-$in_rollout
  rm -f "$link"
  ln -s "$1" "$link" || refuse directory-unusable "$link cannot be made"
}

take_link() { rename_over "$link" "$dir/current" || refuse directory-unusable "$dir/current cannot be replaced"; }

# A plain mv would move the new link INTO the folder that the old one points to.
rename_over() {
  mv -fT "$1" "$2" 2>/dev/null || mv -fh "$1" "$2" 2>/dev/null || perl -e 'rename $ARGV[0], $ARGV[1] or exit 1' "$1" "$2"
}

verb_finish() {
  prepare
  lock
  [ -d "$release" ] || refuse wrong-release "$release is not there"
  to_disk "$release"
  put "$state/releases/$in_release.complete" "$in_rollout"
  rm -f "$(left_file)"
  now=$(readlink "$dir/current")
  used=unread
  kept=0 seen=' '
  # Newest completion first; what was never completed, and what was set aside, comes last and is not counted.
  {
    (cd "$state/releases" && ls -1t -- *.complete 2>/dev/null) | sed 's/\.complete$//'
    for path in "$dir"/releases/*; do
      id=${path##*/}
      [ -f "$state/releases/$id.complete" ] || printf '%s\n' "$id"
    done
  } | while IFS= read -r id; do
    [ -d "$dir/releases/$id" ] || continue
    # Each change of the manifest makes another release of the same source: of a proven one the last that was made stays.
    mark=${id##*-} is_proven=no
    case "$seen / ${in_proven:-} " in
      *" $mark "*/*) ;;
      */*" $mark "*) is_proven=yes seen="$seen$mark " ;;
    esac
    if [ -f "$state/releases/$id.complete" ]; then
      kept=$((kept + 1))
      [ "$kept" -gt "$in_keep" ] || continue
    fi
    must_stay || remove_release
  done
  find "$state/logs" -type f -mtime +30 -exec rm -f {} + 2>/dev/null
  set -- "$state"/once/*
  [ "$#" -le 200 ] || prune_journal
}

# The ledger knows them all; here the newest two hundred are enough, and what has not ended, or was killed, stays for ever.
prune_journal() {
  (cd "$state/once" && ls -1t 2>/dev/null) | tail -n +201 | while IFS= read -r name; do
    read -r said rest <"$state/once/$name"
    [ "$said" = begun ] || [ "$said" = killed ] || rm -f "$state/once/$name"
  done
}

# Releases that some process on this machine runs in, as far as this user can see.
# shellcheck disable=SC2012 # find cannot print where a link leads everywhere
in_use() {
  [ ! -d /proc/self ] || ls -ld /proc/[0-9]*/cwd /proc/[0-9]*/exe 2>/dev/null | sed -n 's/^.* -> //p'
}

must_stay() {
  [ "$id" != "$in_release" ] && [ "releases/$id" != "$now" ] || return 0
  [ "$is_proven" = no ] || return 0
  [ "$used" != unread ] || used=$(in_use)
  home=$(cd -P "$dir/releases/$id" && pwd -P)
  case $newline$used$newline in *"$newline$home$newline"* | *"$newline$home/"*) return 0 ;; *) return 1 ;; esac
}

remove_release() {
  # Its mark goes first: a release that is half removed must not be taken for a whole one.
  rm -f "$state/releases/$id".*
  if problem=$(rm -rf "$dir/releases/$id" 2>&1); then
    say removed "$id"
  else
    # Who runs what was deployed may have left files of its own there: they fill the disk until somebody takes them away.
    say note "releases/$id could not be removed: ${problem%%"$newline"*}"
  fi
}

# --- The agent's note --------------------------------------------------------------------------------------------

# What a catch-up on this very target came to. A note, so neither the lock nor the fence is needed.
verb_note() {
  prepare
  put "$state/sync.json" "$in_note"
}
