#!/bin/sh
# What an expert types when port 8080 is taken: move the ports, start, poll until all three answer.
set -e
sed -i -e 's/8080:8080/8085:8080/' -e 's/3002:3000/3004:3000/' -e 's/4000:4000/4004:4000/' \
  -e 's#localhost:4000/grafana#localhost:4004/grafana#' docker-compose.yml
docker compose up -d
answers() { [ "$(curl -s -o /dev/null -w '%{http_code}' "http://localhost:$1")" = 200 ]; }
until answers 8085/ready && answers 3004/grafana/api/health && answers 4004/api/ping; do sleep 0.25; done
