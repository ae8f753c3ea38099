#!/usr/bin/env bash
# Runs a command beside the machine's own Docker Engine, on one in namespaces of its own that holds the stand-in images.
# Usage: scripts/other-docker.sh fetch SUITE             (another Debian suite's engine, client and Compose: about 92 MB)
#        scripts/other-docker.sh run SUITE COMMAND...    (on that suite's Docker, fetched when it is not there yet)
#        scripts/other-docker.sh run own COMMAND...      (on the machine's own Docker)
# As root, on Debian whose libc is trixie's or newer; nothing is installed. The images are the machine's, as build.sh made
# them. STACK_MYSQL names one that stands as mysql:8 instead, STACK_POSTGRES one that stands as postgres:17 beside them;
# OTHER_DOCKER_STORE=containerd keeps them in containerd's image store. No network can be reached from inside. On another
# suite's Docker the machine's own Compose is /var/tmp/own-compose/docker-compose, for upgrades from one to the other.
set -euo pipefail

root=${OTHER_DOCKER_HOME:-/var/tmp/gh-devlake-other-docker}
repository="$(cd "$(dirname "$0")/.." && pwd)"
readonly packages=(docker.io docker-cli docker-compose docker-buildx containerd runc)

say() { printf 'other docker: %s\n' "$*" >&2; }
die() { say "$@"; exit 1; }

# Unpacked, never installed. The programs want GLIBC_2.38 at most, so trixie's libraries do.
fetch() {
  local suite=$1 home=$root/$1 mirror apt started=$SECONDS
  [ ! -x "$home/usr/sbin/dockerd" ] || return 0
  mirror="$("$repository/scripts/debian-mirror.sh")"
  rm -rf "$home/unpacked"
  apt=$home/apt
  mkdir -p "$apt"/{lists/partial,cache/archives/partial} "$home/unpacked"
  printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n' \
    "$mirror" "$suite" >"$apt/one.sources"
  # A mirror that is a snapshot has an expired Release file.
  local -a options=(-o "Dir::Etc::sourcelist=$apt/one.sources" -o Dir::Etc::sourceparts=- -o "Dir::State::lists=$apt/lists"
    -o "Dir::Cache=$apt/cache" -o Dir::State::status=/dev/null -o Acquire::Check-Valid-Until=false -o Acquire::Languages=none
    -o APT::Sandbox::User=root)
  apt-get "${options[@]}" -qq update >&2
  (cd "$apt" && apt-get "${options[@]}" -qq download "${packages[@]}" >&2)
  for deb in "$apt"/*.deb; do dpkg-deb -x "$deb" "$home/unpacked"; done
  # The machine may have a docker of its own in /usr/local/bin, which PATH prefers.
  mkdir -p "$home/unpacked/usr/local/bin" && ln -sf ../../bin/docker "$home/unpacked/usr/local/bin/docker"
  rm -rf "$apt" "$home/usr" && mv "$home/unpacked/usr" "$home/usr" && rm -rf "$home/unpacked"
  say "fetched $suite's Docker in $((SECONDS - started)) s"
}

# Saved once for each set of images; two names on a line: the image here, and what it is called inside.
save_images() {
  local directory=$1 ids
  local -a names
  mapfile -t names < <("$repository/test/stack/build.sh" names)
  {
    printf '%s\n' "${names[@]}" | while read -r name; do
      local inside=${name%"${STACK_TAG_SUFFIX:-}"}
      [ "$inside" != mysql:8 ] || name=${STACK_MYSQL:-$name}
      printf '%s %s\n' "$name" "$inside"
    done
    [ -z "${STACK_POSTGRES:-}" ] || printf '%s postgres:17\n' "$STACK_POSTGRES"
  } >"$directory/names"
  mapfile -t names < <(cut -d ' ' -f 1 "$directory/names")
  ids="$(docker image inspect --format '{{.Id}}' "${names[@]}")" || die "the images are not there: run test/stack/build.sh first"
  [ "$(cat "$directory/ids" 2>/dev/null)" != "$ids" ] || return 0
  docker save -o "$directory/images.tar" "${names[@]}"
  printf '%s\n' "$ids" >"$directory/ids"
  rm -f "$directory/loaded"
}

# A plugin is a program of its own too, and its libraries are there: the other suite's /usr lies over the machine's.
lend_own_compose() {
  local directory=$1 suite=$2 plugin
  rm -rf "$directory"
  [ "$suite" != own ] || return 0
  plugin="$(docker info --format '{{range .ClientInfo.Plugins}}{{if eq .Name "compose"}}{{.Path}}{{end}}{{end}}')"
  [ -x "$plugin" ] || die "the machine's docker has no Compose plugin: install Docker Compose v2"
  mkdir "$directory" && cp "$plugin" "$directory/docker-compose"
}

run() {
  local suite=$1 store=${OTHER_DOCKER_STORE:-} state
  state=$root/$suite/state${store:+-$store}
  case "$store" in "" | containerd) ;; *) die "OTHER_DOCKER_STORE is $store: set it to containerd, or not at all" ;; esac
  shift
  mkdir -p "$state"/{docker,containerd,vartmp/images}
  exec 9>"$state/lock"
  flock -n 9 || die "another run on $suite's Docker is under way"
  # What a run that was killed left; its process numbers mean nothing to this one.
  rm -rf "$state"/vartmp/{t,gh-devlake-stack/engines} && mkdir "$state/vartmp/t"
  save_images "$state/vartmp/images"
  lend_own_compose "$state/vartmp/own-compose" "$suite"
  # Process 1 must reap, or ended processes look alive; /usr/sbin/runc must not be a bind mount (runc 1.3 then fails), so
  # an overlay; mounts must be shared, or dockerd binds its data directory to itself and it cannot be renamed.
  TMPDIR=/var/tmp/t exec unshare --mount --net --pid --fork --kill-child --mount-proc bash -euc '
    usr=$1 state=$2 store=$3; shift 3
    mount --make-rprivate /
    [ ! -d "$usr" ] || mount -t overlay overlay -o "lowerdir=$usr:/usr" /usr
    mount -t tmpfs tmpfs /run && mkdir -p /run/lock /run/netns
    for name in docker containerd; do mkdir -p /var/lib/$name; mount --bind "$state/$name" /var/lib/$name; done
    mount --bind "$state/vartmp" /var/tmp
    # Without whatever the machine set for its own engine.
    mkdir -p /etc/docker && mount -t tmpfs tmpfs /etc/docker
    [ -z "$store" ] || echo "{\"features\": {\"containerd-snapshotter\": true}}" >/etc/docker/daemon.json
    mount --make-rshared /
    ip link set lo up
    exec docker-init -s -- "$@"' sh "$root/$suite/usr" "$state" "$store" \
    "$repository/scripts/other-docker.sh" inside "$@"
}

# In the namespaces: an engine with the images, under the names that the test deployment calls them by.
inside() {
  local directory=/var/tmp/images code=0
  # The engine outlives its start, and must not hold the lock longer than this run.
  "$repository/scripts/engine.sh" start 9>&-
  if ! [ "$(cat "$directory/loaded" 2>/dev/null)" = "$(cat "$directory/ids")" ]; then
    say "loading the images"
    docker load --quiet --input "$directory/images.tar" >/dev/null
    while read -r name inside; do [ "$name" = "$inside" ] || docker tag "$name" "$inside"; done <"$directory/names"
    cp "$directory/ids" "$directory/loaded"
  fi
  env -u STACK_TAG_SUFFIX "$@" 9>&- || code=$?
  "$repository/scripts/engine.sh" stop
  exit "$code"
}

main() {
  local verb=${1:-} suite=${2:-}
  if [ "$verb" = inside ]; then shift; inside "$@"; fi
  [ $# -ge 2 ] || die "say what: fetch SUITE, run SUITE COMMAND... or run own COMMAND..."
  shift 2
  case "$verb" in
    fetch) [ "$suite" = own ] || fetch "$suite" ;;
    run)
      [ "$(id -u)" = 0 ] || die "only root makes namespaces that an engine can run in"
      [ $# -gt 0 ] || die "say which command to run on $suite's Docker"
      [ "$suite" = own ] || fetch "$suite"
      run "$suite" "$@"
      ;;
    *) die "unknown word $verb: use fetch or run" ;;
  esac
}

main "$@"
