#!/bin/sh
# Lets hubhand, in a container or as a service, ask this host to reboot, and nothing else: docs/deploy/reboot-the-host.md
#   sudo sh install.sh             installs the units that lie beside this script, and starts them
#   sudo sh install.sh --uid 1001  for a container (or service) that runs as another user than 1000
#   sudo sh install.sh --undo      takes all of it away
set -eu

UNITS="run-hubhand_reboot.mount hubhand-reboot.timer hubhand-reboot.path hubhand-reboot.service"
TO=/etc/systemd/system
HERE=$(cd "$(dirname "$0")" && pwd)

fail() { echo "install.sh: $1" >&2; exit 1; }

uid=1000
undo=no
while [ $# -gt 0 ]; do
  case $1 in
    --undo) undo=yes; shift ;;
    --uid) [ $# -ge 2 ] || fail "--uid wants a number, such as --uid 1001"; uid=$2; shift 2 ;;
    *) fail "I do not know $1: there are --uid NUMBER and --undo" ;;
  esac
done
case $uid in '' | *[!0-9]*) fail "--uid wants a number, such as --uid 1001; not \"$uid\"" ;; esac
[ "$uid" -ne 0 ] || fail "--uid 0 is root, who needs no bridge: run hubhand as another user"
[ "$(id -u)" -eq 0 ] || fail "only root may change what systemd does: sudo sh $0"
command -v systemctl >/dev/null || fail "there is no systemd here (no systemctl)"

if [ "$undo" = yes ]; then
  for unit in $UNITS; do
    # What was never installed is not there to be stopped.
    systemctl disable --now "$unit" 2>/dev/null || true
    rm -f "$TO/$unit"
  done
  systemctl daemon-reload
  echo "Taken away: $UNITS"
  exit 0
fi

for unit in $UNITS; do
  [ -f "$HERE/$unit" ] || fail "$HERE/$unit is missing: copy the whole folder"
done
for unit in $UNITS; do
  sed "s/uid=1000,gid=1000/uid=$uid,gid=$uid/" "$HERE/$unit" >"$TO/$unit"
  chmod 644 "$TO/$unit"
done
systemctl daemon-reload
systemctl enable --now run-hubhand_reboot.mount hubhand-reboot.timer
echo "Installed. User $uid asks for a reboot by making the file /run/hubhand_reboot/request."
