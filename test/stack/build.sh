#!/usr/bin/env bash
# Builds the stand-in images of the test deployment under the official names and tags.
# An image is built again only when its inputs changed: their hash is a label on it.
# STACK_TAG_SUFFIX=-x builds beside those, as mysql:8-x and so on, for a try that nobody else should meet.
set -euo pipefail
cd "$(dirname "$0")"

label=gh-devlake.stack.inputs
suffix=${STACK_TAG_SUFFIX:-}
base=gh-devlake-stack/base:latest$suffix
suite=bookworm
packages=tini,nginx,openssl,python3-minimal,python3-pymysql,python3-psycopg2,python3-cryptography,mariadb-server-core,mariadb-client-core,usr-is-merged
scarf=devlake.docker.scarf.sh/apache
images=(
  "mysql mysql:8"
  "backend $scarf/devlake:v1.0.2"
  "grafana $scarf/devlake-dashboard:v1.0.2"
  "config-ui $scarf/devlake-config-ui:v1.0.2"
)

say() { printf 'stack: %s\n' "$*" >&2; }
built_from() { docker image inspect --format "{{index .Config.Labels \"$label\"}}" "$1" 2>/dev/null || true; }
hash_of() { sha256sum | cut -c1-32; }

mirror() {
  apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
    grep -v -i security | grep -E '/debian/?$' | head -n 1
}

# One flat image with every package; no package manager in it, and nothing that no test calls.
build_base() {
  local started=$SECONDS tar
  command -v mmdebstrap >/dev/null || { say "mmdebstrap is missing: run scripts/engine.sh first"; exit 1; }
  tar="$(mktemp -d)/base.tar"
  say "building $base from Debian $suite"
  # The dump and admin clients come alone out of their package, whose dependencies are a whole Perl.
  mmdebstrap --quiet --variant=essential --include="$packages" --aptopt='APT::Install-Recommends "false"' \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' --hook-dir=/usr/share/mmdebstrap/hooks/merged-usr \
    --customize-hook='cd "$1/tmp" && APT_CONFIG="$MMDEBSTRAP_APT_CONFIG" apt-get -qq download mariadb-client' \
    --customize-hook='dpkg-deb --fsys-tarfile "$1"/tmp/mariadb-client_*.deb | tar -x -C "$1" --keep-directory-symlink \
      ./usr/bin/mariadb-dump ./usr/bin/mysqldump ./usr/bin/mariadb-admin ./usr/bin/mysqladmin; rm "$1"/tmp/*.deb' \
    --customize-hook='printf "devlake:x:1010:1010::/app:/bin/sh\ngrafana:x:472:0::/:/bin/sh\nmysql:x:999:999::/:/bin/sh\n" >>"$1/etc/passwd"' \
    --customize-hook='printf "devlake:x:1010:\nmysql:x:999:\n" >>"$1/etc/group"' \
    "$suite" "$tar" "$(mirror)" >"$tar.log" 2>&1 || { tail -n 30 "$tar.log" >&2; exit 1; }
  docker import --change "LABEL $label=$1" --change 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' \
    "$tar" "$base" >/dev/null
  rm -rf "$(dirname "$tar")"
  say "built $base in $((SECONDS - started)) s"
}

build_image() {
  local name=$1 tag=$2 hash=$3 started=$SECONDS
  docker build --quiet --network none --build-arg "BASE=$base" --label "$label=$hash" --tag "$tag" "images/$name" >/dev/null
  say "built $tag in $((SECONDS - started)) s"
}

# `build.sh names` prints what it makes, for those who take the images elsewhere.
if [ "${1:-}" = names ]; then
  printf '%s\n' "${images[@]/%/$suffix}" | cut -d ' ' -f 2
  exit
fi

# The classic builder does all that is needed here and comes with the engine; buildx may be missing.
docker buildx version >/dev/null 2>&1 || export DOCKER_BUILDKIT=0

base_hash="$({ echo "$suite $packages"; declare -f build_base; } | hash_of)"
[ "$(built_from "$base")" = "$base_hash" ] || build_base "$base_hash"

pids=()
for image in "${images[@]}"; do
  read -r name tag <<<"$image$suffix"
  hash="$({ echo "$base_hash"; find "images/$name" -type f -not -name '*.pyc' -print0 | LC_ALL=C sort -z | xargs -0 sha256sum; } | hash_of)"
  [ "$(built_from "$tag")" = "$hash" ] && continue
  build_image "$name" "$tag" "$hash" &
  pids+=($!)
done
for pid in "${pids[@]}"; do wait "$pid"; done
say "images are ready"
