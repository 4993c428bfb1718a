#!/bin/sh
# Makes of a container a machine that systemd accepts: a tree of control groups of its own, of version 2, and mounts that
# services see. Needs CAP_SYS_ADMIN.
set -e
mount --make-rshared /
umount -R /sys/fs/cgroup
mkdir -p /run/boot
mount -t cgroup2 none /run/boot
own=/run/boot/$GROUP
mkdir -p "$own"
echo $$ >"$own/cgroup.procs"
exec unshare --cgroup sh -c 'umount /run/boot; mount -t cgroup2 none /sys/fs/cgroup; exec /sbin/init'
