#!/bin/sh
# hubhand's verbs, as /usr/local/bin/hubhand. For root, those that look at this device do so with the agent's rights and
# settings; what it may not read itself, root reads for it.
case $(id -u):${1-} in
  0:check | 0:config | 0:model)
    export HUBHAND_CONFIG="${HUBHAND_CONFIG-/etc/hubhand/hubhand.yaml}"
    export HUBHAND_STATE_DIRECTORY="${HUBHAND_STATE_DIRECTORY-/var/lib/hubhand}"
    if [ -z "${HUBHAND_CONNECTION_STRING-}${HUBHAND_CONNECTION_STRING_FILE-}" ] && [ -f /etc/hubhand/connection-string ]; then
      HUBHAND_CONNECTION_STRING=$(cat /etc/hubhand/connection-string)
      export HUBHAND_CONNECTION_STRING
    fi
    exec setpriv --reuid=hubhand --regid=hubhand --init-groups --no-new-privs \
      /opt/hubhand/bin/node /opt/hubhand/current/dist/main.js "$@"
    ;;
esac
exec /opt/hubhand/bin/node /opt/hubhand/current/dist/main.js "$@"
