#!/bin/sh
# Becomes the process of a container: run-container.sh ROOT MOUNTS COMMAND... The root file system is this machine's, to
# read alone, with the volumes in it; the user is 999, without any capability.
#
# MOUNTS is a file of lines "source target ro|rw". To be run in mount and PID namespaces of its own.
set -eu
root=$1 mounts=$2
shift 2

mount -t tmpfs none "$root"
for folder in bin sbin lib lib64 usr etc dev; do
  if [ -L "/$folder" ]; then
    cp -P "/$folder" "$root/"
  elif [ -d "/$folder" ]; then
    mkdir "$root/$folder"
    mount --rbind "/$folder" "$root/$folder"
  fi
done
mkdir "$root/proc"
mount -t proc none "$root/proc"
while read -r source target mode; do
  [ -e "$root$target" ] || mkdir -p "$root$target"
  mount --bind "$source" "$root$target"
  mount -o "remount,bind,$mode" "$root$target"
done <"$mounts"
mount -o remount,ro "$root"

exec chroot "$root" setpriv --reuid 999 --regid 999 --clear-groups --inh-caps=-all --bounding-set=-all --no-new-privs "$@"
