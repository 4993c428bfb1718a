#!/bin/sh
# Issues the certificate of one device, and writes what goes on its card. The device's id is the certificate's common name.
#   device-certificate.sh <authority's folder> <id scope> <out> <registration id> [days]
set -eu
usage="usage: device-certificate.sh <authority's folder> <id scope> <out> <registration id> [days]"
authority=${1:?"$usage"}
scope=${2:?"$usage"}
out=${3:?"$usage"}
id=${4:?"$usage"}
days=${5:-365}
refuse() {
  echo "$1. Nothing was written." >&2
  exit 65
}
case $id in
*[!a-z0-9._-]* | *[._]) refuse "\"$id\" is no registration id: a to z in lower case, digits and . _ - are expected, with a letter, digit or - at the end" ;;
esac
# A common name holds 64 characters (RFC 5280, ub-common-name), where a registration id with a key may have 128.
[ "${#id}" -le 64 ] || refuse "\"$id\" is too long for a certificate: 64 characters at most are expected"
case $scope in *[!A-Za-z0-9]*) refuse "\"$scope\" is no id scope: letters and digits are expected, as in 0ne00000000" ;; esac
case $days in '' | 0* | *[!0-9]*) refuse "\"$days\" is no number of days: a whole number from 1 is expected" ;; esac
for file in authority.pem authority-key.pem; do
  [ -r "$authority/$file" ] || refuse "$authority/$file cannot be read: an authority that new-authority.sh made is expected"
done
folder="$out/$id"
if [ -e "$folder" ]; then
  echo "$folder is there already, and was left alone" >&2
  exit 73
fi
umask 077
mkdir -p "$folder"
# A half one would be taken for a whole one the next time.
trap 'rm -rf "$folder"; echo "$folder could not be written: openssl failed" >&2' EXIT
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:prime256v1 -out "$folder/device-key.pem" 2>/dev/null
printf 'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=clientAuth\n' >"$folder/.extensions"
openssl req -new -key "$folder/device-key.pem" -subj "/CN=$id" |
  openssl x509 -req -sha256 -days "$days" -CA "$authority/authority.pem" -CAkey "$authority/authority-key.pem" \
    -set_serial "0x$(openssl rand -hex 16)" -extfile "$folder/.extensions" -out "$folder/device.pem" 2>/dev/null
rm "$folder/.extensions"
cat >"$folder/hubhand.yaml" <<YAML
hub:
  certificateFile: device.pem
  certificateKeyFile: device-key.pem
  provisioning:
    idScope: $scope
YAML
trap - EXIT
echo "$folder"
