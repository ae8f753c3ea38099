#!/bin/bash -e
# The permission check of Grafana's image: three lines and exit 1 on a volume that it may not write.
if [ ! -r "$GF_PATHS_DATA" ] || [ ! -w "$GF_PATHS_DATA" ]; then
  echo "GF_PATHS_DATA='$GF_PATHS_DATA' is not writable."
  echo "You may have issues with file permissions, more information here: http://docs.grafana.org/installation/docker/#migrate-to-v51-or-later"
fi
if [ ! -d "$GF_PATHS_DATA/plugins" ]; then
  mkdir "$GF_PATHS_DATA/plugins" 2>/dev/null || {
    echo "mkdir: can't create directory '$GF_PATHS_DATA/plugins': Permission denied" >&2
    exit 1
  }
fi
exec python3 /opt/grafana/grafana.py
