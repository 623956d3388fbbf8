# shellcheck shell=sh disable=SC2154,SC2034,SC2030,SC2031
# How a release's files are compared with what was sent, and what is noted of that. Part of target.sh.

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

# --- What was read before ------------------------------------------------------------------------------------------

# Reading a release takes as long as its size asks for. Of a large one it is noted what was found, with a hash of its list
# and of what the system tells of each file: device, inode, size, mode, change time. As long as that is the same, none of
# them was written to, which git takes for its index too: no program can set a change time (inode(7)). A write in the same
# tick of the clock as the last one could not be told, so nothing is noted of files that changed in the tick of the look
# itself; nor does a note outlive a boot, which may have lost what was written last. A proof does not go by it: it reads.
#
# <id>.seen   "<hash> <files>", then the lines of wrong; "-" for a large release of which nothing is known

seen_file() { printf '%s/releases/%s.seen' "$state" "$1"; }

# recall ID ROOT LIST: sets wrong and listed by the note, without reading; fails when there is none, or it does not hold.
recall() {
  seen=$(seen_file "$1")
  [ -f "$seen" ] && IFS= read -r said <"$seen" || return 1
  [ "$said" != - ] && told_of "$2" "$3" && [ "${said% *}" = "$print" ] || return 1
  listed=${said#* }
  wrong=$(sed 1d "$seen")
}

# compare_or_recall ID ROOT LIST: compare, by the note where it holds. One that does not is made anew.
compare_or_recall() {
  if recall "$@"; then return; fi
  [ ! -f "$seen" ] || look_over "$2" "$3"
  compare "$2" "$3" || return 1
  [ ! -f "$seen" ] || note_seen "$1"
}

# look_over ROOT LIST: to be done before the files are read, for note_seen. Sets tick, told and print.
look_over() {
  tick=$(moment)
  told_of "$@" || print=''
}

# note_seen ID: notes wrong and listed. Where the system tells nothing there is no note.
note_seen() {
  [ -n "$print" ] || return 0
  seen=$(seen_file "$1")
  if older_than_look; then said="$print $listed"; else said=-; fi
  printf '%s\n%s\n' "$said" "$wrong" >"$seen.$$" && mv -f "$seen.$$" "$seen"
}

shown='%d %i %s %f %Z %z %n'

# What the system tells of a new file beside the releases: now, by the clock of their file system.
moment() {
  : >"$dir/releases/.moment-$$"
  stat -c "$shown" -- "$dir/releases/.moment-$$" 2>/dev/null
  rm -f "$dir/releases/.moment-$$"
}

# told_of ROOT LIST: sets told, a line for each listed file, and print, their hash. Fails where a file is missing, a name is
# escaped in the list, or the system's stat tells nothing of this (macOS).
told_of() {
  print=''
  case $2 in *\\*) return 1 ;; esac
  told=$(cd "$1" && printf '%s\n' "$2" | sed 's,^[^ ]* [^ ]* ,./,' | tr '\n' '\000' | xargs -0 stat -c "$shown" 2>/dev/null) || return 1
  [ -n "$told" ] || return 1
  read_boot
  print=$(printf '%s\n' "$boot" "$2" "$told" | $sha)
  print=${print%% *}
}

# Whether every file of $told was changed before $tick. Fields 5 and 7: the second, and the time of day with its fraction.
older_than_look() {
  printf '%s\n' "$tick" "$told" | awk '
    { split($7, time, "."); at = $5 "." time[2] "s" }
    NR == 1 { look = at; next }
    at >= look { young = 1; exit }
    END { exit young }'
}

# --- What steps changed --------------------------------------------------------------------------------------------

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
