#!/bin/sh
# An executable: started for each call, JSON in on standard input, JSON out on standard output.
# Without a declaration its method would be called disk-space, after the file.
set -eu

# The payload is a path in quotes, which the schema has checked; what is no path was refused before.
path=$(sed 's/^"//; s/"$//')
[ "$path" = null ] && path=/

if ! line=$(df -Pk "$path" 2>/dev/null | tail -n 1) || [ -z "$line" ]; then
  echo '{"status":404,"payload":{"problem":"there is no such path"}}'
  exit 0
fi

# df -P: file system, kilobytes in all, used, free, used in percent, mounted on.
set -f
# shellcheck disable=SC2086
set -- $line
printf '{"totalKiB":%s,"usedKiB":%s,"freeKiB":%s,"usedPercent":%s}\n' "$2" "$3" "$4" "${5%\%}"
