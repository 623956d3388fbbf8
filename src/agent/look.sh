# shellcheck shell=sh
# What an agent finds on a target. Changes nothing. Answers in lines "<key><tab><value>".
# arguments: the agent's user (empty: who logged in), unit name, its folder, variables file, program folder, git
# addresses (one per line), commands that the steps run by sudo (one per line)
set -u
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
user=$1 unit=$2 units=$3 variables=$4 program=$5 addresses=$6 commands=$7
me=$(id -un)
[ -n "$user" ] || user=$me
newline='
'

say() { printf '%s\t%s\n' "$1" "$2"; }
have() { command -v "$1" >/dev/null 2>&1; }
sum() { as_root sha256sum "$1" 2>/dev/null | cut -c1-64; }
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }
as_user() { if [ "$me" = "$user" ]; then "$@"; else as_root runuser -u "$user" -- "$@"; fi; }

# With every address the last words of git, or nothing; with every command whether sudo would run it.
check_as_user() {
  # shellcheck disable=SC2016 # for the inner shell
  as_user env HOME="$home" GIT_TERMINAL_PROMPT=0 GIT_SSH_COMMAND='ssh -o BatchMode=yes -o ConnectTimeout=15' sh -c '
    cd "$HOME" 2>/dev/null || cd /
    set -f
    IFS="$3"
    for address in $1; do
      if words=$(timeout 40 git ls-remote --quiet "$address" HEAD 2>&1); then continue; fi
      printf "git\t%s\t%s\n" "$address" "$(printf %s "$words" | grep -v "^\$" | tail -n 3 | tr "\n\t" "  ")"
    done
    for command in $2; do
      IFS=" "
      # shellcheck disable=SC2086
      sudo -n -l $command >/dev/null 2>&1 || printf "sudo\t%s\n" "$command"
    done' sh "$addresses" "$commands" "$newline" </dev/null
}

say os "$(uname -s)"
say machine "$(uname -m)"
say me "$me"
say user "$user"
if have getconf && glibc=$(getconf GNU_LIBC_VERSION 2>/dev/null); then
  say libc "$glibc"
elif ls /lib/ld-musl-* >/dev/null 2>&1; then
  say libc musl
else
  say libc unknown
fi
[ ! -d /run/systemd/system ] || say systemd yes
for tool in git tar gzip systemctl runuser timeout; do have "$tool" || say missing "$tool"; done
home=$(getent passwd "$user" 2>/dev/null | cut -d: -f6)
if [ -n "$home" ]; then say home "$home"; else say nouser "$user"; fi

if [ "$(id -u)" = 0 ] || { have sudo && sudo -n -l /bin/sh >/dev/null 2>&1; }; then
  say root yes
else
  say allowed "$(sudo -n -l 2>&1 | grep -E '^ +\(|password|not allowed|may not' | tr -s ' ' | paste -s -d';')"
fi
[ -z "$home" ] || { [ "$me" != "$user" ] && ! as_root true 2>/dev/null; } || check_as_user

say service "$(sum "$units/$unit.service")"
say timer "$(sum "$units/$unit.timer")"
say variables "$(sum "$variables")"
say program "$(cat "$program/.digest" 2>/dev/null)"
