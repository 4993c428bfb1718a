#!/bin/sh
# A daemon in shell. It takes no payload, so it needs no JSON parser: the type and the id of a line are enough.
while IFS= read -r line; do
  id=$(printf '%s' "$line" | sed -n 's/.*"id":"\([^"]*\)".*/\1/p')
  case $line in
    '{"type":"start"'*) echo '{"type":"ready"}' ;;
    '{"type":"call"'*) printf '{"type":"reply","id":"%s","payload":"%s"}\n' "$id" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" ;;
    '{"type":"stop"'*) exit 0 ;;
  esac
done
