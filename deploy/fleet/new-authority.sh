#!/bin/sh
# Makes an authority whose certificates say who each device is: authority.pem for the provisioning service,
# authority-key.pem for nobody. For a trial and for small fleets; a larger one has an authority that somebody runs.
set -eu
folder=${1:?"usage: new-authority.sh <folder> [name]"}
name=${2:-"devices"}
case $name in
*[!A-Za-z0-9\ ._-]*)
  echo "\"$name\" is no name of an authority: letters, digits, spaces and . _ - are expected. Nothing was written." >&2
  exit 65
  ;;
esac
mkdir -p "$folder"
umask 077
if [ -e "$folder/authority-key.pem" ]; then
  echo "$folder/authority-key.pem is there already: devices have certificates of it. Name another folder." >&2
  exit 73
fi
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -sha256 -days 3650 \
  -subj "/CN=$name" -addext "basicConstraints=critical,CA:TRUE,pathlen:0" -addext "keyUsage=critical,keyCertSign,cRLSign" \
  -keyout "$folder/authority-key.pem" -out "$folder/authority.pem" 2>/dev/null
echo "$folder/authority.pem"
