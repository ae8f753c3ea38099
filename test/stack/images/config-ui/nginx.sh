#!/bin/sh
# Fills in the site from the environment and runs nginx as a child: not exec, the signals of PID 1 depend on it.
set -e
SERVER_CONF=
if [ -n "$ADMIN_USER" ] && [ -n "$ADMIN_PASS" ]; then
  printf '%s:%s\n' "$ADMIN_USER" "$(openssl passwd -apr1 "$ADMIN_PASS")" >/etc/nginx/site/htpasswd
  echo "Adding password for user $ADMIN_USER"
  SERVER_CONF='  auth_basic "DevLake Config UI"; auth_basic_user_file /etc/nginx/site/htpasswd;'
fi
DNS=$(awk '/^nameserver/ { print $2 }' /etc/resolv.conf | tr '\n' ' ')
sed -e "s|@SERVER_CONF@|$SERVER_CONF|" \
  -e "s|@DNS@|$DNS|" \
  -e "s|@DNS_VALID@|${DNS_VALID:-300s}|" \
  -e "s|@DEVLAKE_ENDPOINT@|$DEVLAKE_ENDPOINT|" \
  -e "s|@DEVLAKE_ENDPOINT_PROTO@|${DEVLAKE_ENDPOINT_PROTO:-http}|" \
  -e "s|@GRAFANA_ENDPOINT@|$GRAFANA_ENDPOINT|" \
  -e "s|@GRAFANA_ENDPOINT_PROTO@|${GRAFANA_ENDPOINT_PROTO:-http}|" \
  /etc/nginx/site.conf.template >/etc/nginx/site/default.conf
nginx -g 'daemon off;'
