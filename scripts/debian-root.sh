#!/usr/bin/env bash
# Makes Debian's minimal system in a folder, without what slim images leave out: manuals, translations, lists of packages.
# Usage, as root: scripts/debian-root.sh RELEASE FOLDER. Does nothing when the folder is there.
set -euo pipefail

release=$1
folder=$2
if [ -e "$folder" ]; then exit; fi
mirror=$(sed -nE 's/^URIs: +([^ ]+).*/\1/p; s/^deb +(\[[^]]*\] +)?([^ ]+) .*/\2/p' \
  /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | grep '/debian/\?$' | head -n 1 || true)
rm -rf "$folder.unfinished"
mkdir -p "$folder.unfinished"
debootstrap --variant=minbase "$release" "$folder.unfinished" ${mirror:+"$mirror"} >"$folder.log" || {
  tail -n 20 "$folder.log" >&2
  exit 1
}
for path in usr/share/doc usr/share/man usr/share/info usr/share/locale var/cache/apt var/lib/apt/lists; do
  rm -rf "${folder:?}.unfinished/$path"
done
mv "$folder.unfinished" "$folder"
