#!/usr/bin/env bash
# Builds the images of real databases, from Debian packages: a MySQL that stands as mysql:8, and PostgreSQL. Nothing but
# the long run needs them. An image is built again only when its inputs changed; PostgreSQL is Debian stable's, MySQL is
# in sid alone.
set -euo pipefail
cd "$(dirname "$0")/databases"

label=gh-devlake.stack.inputs
# The folder, which names the image too; the Debian suite; its packages.
databases=(
  "mysql sid mysql-server-core,mysql-client-core"
  "postgres trixie postgresql-17,usr-is-merged"
)

say() { printf 'databases: %s\n' "$*" >&2; }

# Debian's package would make a cluster of its own, which no container uses.
no_cluster='mkdir -p "$1/etc/postgresql-common" && echo "create_main_cluster = false" >"$1/etc/postgresql-common/createcluster.conf"'

build_base() {
  local name=$1 suite=$2 packages=$3 directory started=$SECONDS
  directory="$(mktemp -d)"
  say "building gh-devlake-stack/$name-base from Debian $suite"
  # A mirror that is a snapshot has an expired Release file.
  mmdebstrap --quiet --variant=essential --include="$packages" --aptopt='APT::Install-Recommends "false"' \
    --aptopt='Acquire::Check-Valid-Until "false"' --dpkgopt='path-exclude=/usr/share/doc/*' \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    --essential-hook="$no_cluster" --customize-hook='rm -rf "$1"/usr/lib/mysql-test "$1"/usr/lib/debug' \
    "$suite" "$directory/base.tar" "$(../../../scripts/debian-mirror.sh)" >"$directory/log" 2>&1 || {
    tail -n 30 "$directory/log" >&2
    exit 1
  }
  docker import --change "LABEL $label=$4" --change 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' \
    "$directory/base.tar" "gh-devlake-stack/$name-base" >/dev/null
  rm -rf "$directory"
  say "built gh-devlake-stack/$name-base in $((SECONDS - started)) s"
}

built_from() { docker image inspect --format "{{index .Config.Labels \"$label\"}}" "gh-devlake-stack/$1" 2>/dev/null || true; }
hash_of() { sha256sum | cut -c1-32; }

# The classic builder does all that is needed here and comes with the engine; buildx may be missing.
docker buildx version >/dev/null 2>&1 || export DOCKER_BUILDKIT=0

for database in "${databases[@]}"; do
  read -r name suite packages <<<"$database"
  base_hash="$({ echo "$database"; declare -f build_base; } | hash_of)"
  [ "$(built_from "$name-base")" = "$base_hash" ] || build_base "$name" "$suite" "$packages" "$base_hash"
  hash="$({ echo "$base_hash"; find "$name" -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum; } | hash_of)"
  [ "$(built_from "$name")" = "$hash" ] && continue
  docker build --quiet --network none --build-arg "BASE=gh-devlake-stack/$name-base" --label "$label=$hash" \
    --tag "gh-devlake-stack/$name" "$name" >/dev/null
  say "built gh-devlake-stack/$name"
done
say "images are ready"
