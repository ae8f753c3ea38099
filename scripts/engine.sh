#!/usr/bin/env bash
# Makes sure that a Docker Engine with Compose v2 answers, and that the tools the tests call are there.
# Uses what is found; installs from Debian or Ubuntu packages only as root; otherwise says what to install.
# Usage: scripts/engine.sh [start|stop]     (stop ends only an engine that this script started)
set -euo pipefail

state="${GH_DEVLAKE_ENGINE_STATE:-/var/tmp/gh-devlake-engine}"
log="$state/dockerd.log"
pid_file="$state/dockerd.pid"
wait_seconds=60

say() { printf 'engine: %s\n' "$*" >&2; }
die() { say "$@"; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }

engine_answers() { has docker && docker info >/dev/null 2>&1; }
compose_answers() { has docker && docker compose version >/dev/null 2>&1; }

# The command of a package, then the package: what the tests call besides the engine itself.
readonly test_tools=(
  "mmdebstrap mmdebstrap" "tmux tmux" "ip iproute2" "lsof lsof" "nsenter util-linux"
  "curl curl" "iptables iptables" "git git" "pgrep procps" "flock util-linux"
)

missing_tools() {
  local pair
  for pair in "${test_tools[@]}"; do
    has "${pair%% *}" || printf '%s\n' "${pair##* }"
  done
}

# Packages that Debian has in a fit version only from trixie (13) on.
missing_new_packages() {
  local compose_package=docker-compose
  [ "${ID:-}" = ubuntu ] && compose_package=docker-compose-v2
  # A reachable engine elsewhere does not give the side-by-side engines of the tests: dockerd is needed too.
  has dockerd || printf '%s\n' docker.io
  has docker || { [ "${ID:-}" = ubuntu ] || printf '%s\n' docker-cli; }
  compose_answers || printf '%s\n' "$compose_package"
  has gh || printf '%s\n' gh
  has cosign || printf '%s\n' cosign
}

what_to_install() {
  cat >&2 <<TEXT
engine: cannot set up the Docker Engine here: $1.
Install these yourself, then run this again:
  - Docker Engine 24 or newer, running, with its command line (https://docs.docker.com/engine/install/)
  - Docker Compose v2.20 or newer as the CLI plugin, so that "docker compose version" answers
  - gh 2.40 or newer (https://cli.github.com), cosign 2.5 or newer
  - mmdebstrap, tmux, ip (iproute2), lsof, nsenter and flock (util-linux), pgrep (procps), curl, iptables, git
TEXT
  exit 1
}

# The machine's own mirror of the distribution: the first apt source that is not a security archive.
machine_mirror() {
  apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
    grep -v -i security | grep -E '/(debian|ubuntu)/?$' | head -n 1 | sed 's:/*$::'
}

pin_trixie() {
  local mirror
  mirror="$(machine_mirror)"
  [ -n "$mirror" ] || what_to_install "no Debian mirror among this machine's apt sources"
  printf 'Types: deb\nURIs: %s\nSuites: trixie\nComponents: main\nSigned-By: %s\n' \
    "$mirror" /usr/share/keyrings/debian-archive-keyring.gpg >/etc/apt/sources.list.d/trixie-pinned.sources
  printf 'Package: *\nPin: release n=trixie\nPin-Priority: 100\n' >/etc/apt/preferences.d/trixie-pinned
}

install_missing() {
  local -a tools new suite=()
  mapfile -t tools < <(missing_tools)
  mapfile -t new < <(missing_new_packages)
  [ $((${#tools[@]} + ${#new[@]})) -gt 0 ] || return 0
  case "${ID:-unknown}" in
    debian | ubuntu) ;;
    *) what_to_install "this is neither Debian nor Ubuntu, and these are missing: ${new[*]} ${tools[*]}" ;;
  esac
  [ "$(id -u)" = 0 ] || what_to_install "not root, and these are missing: ${new[*]} ${tools[*]}"
  say "installing ${new[*]} ${tools[*]}"
  export DEBIAN_FRONTEND=noninteractive
  if [ ${#new[@]} -gt 0 ] && [ "$ID" = debian ] && [ "${VERSION_ID:-99}" -lt 13 ]; then
    apt-get update -qq || say "apt-get update failed; going on with the old package lists"
    pin_trixie
    suite=(-t trixie)
  fi
  apt-get update -qq || what_to_install "apt-get update failed"
  # Separate calls: the tools must not drag the whole machine to the newer suite.
  if [ ${#tools[@]} -gt 0 ]; then
    apt_install "${tools[@]}" || what_to_install "apt-get could not install ${tools[*]}"
  fi
  if [ ${#new[@]} -gt 0 ]; then
    apt_install "${suite[@]}" "${new[@]}" || what_to_install "apt-get could not install ${new[*]}"
  fi
}

apt_install() { apt-get install -y -qq --no-install-recommends -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=120 "$@" >&2 </dev/null; }

start_engine() {
  engine_answers && return 0
  if [ -n "${DOCKER_HOST:-}" ]; then
    die "DOCKER_HOST is $DOCKER_HOST and does not answer: start that engine, or unset DOCKER_HOST"
  fi
  has dockerd || what_to_install "no engine answers and there is no dockerd to start"
  [ "$(id -u)" = 0 ] || what_to_install "no engine answers, and only root may start dockerd"
  mkdir -p "$state"
  # A daemon killed with the machine leaves its pid files; dockerd refuses to start over one whose number lives again.
  if ! pgrep -x dockerd >/dev/null; then rm -f /var/run/docker.pid /var/run/docker/containerd/containerd.pid; fi
  say "starting dockerd, log in $log"
  # No service manager here: an own session outlives this shell; no terminal is kept open.
  setsid dockerd >"$log" 2>&1 </dev/null &
  local pid=$! waited=0
  echo "$pid" >"$pid_file"
  until engine_answers; do
    kill -0 "$pid" 2>/dev/null || { tail -n 30 "$log" >&2; die "dockerd died; the end of $log is above"; }
    [ "$waited" -lt $((wait_seconds * 5)) ] || { tail -n 30 "$log" >&2; die "dockerd does not answer after $wait_seconds s"; }
    waited=$((waited + 1))
    sleep 0.2
  done
}

stop_engine() {
  local pid
  [ -f "$pid_file" ] || return 0
  pid="$(cat "$pid_file")"
  if [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = dockerd ]; then
    say "stopping dockerd $pid"
    kill "$pid"
    # It stops its containers first, so that none is left without a parent.
    timeout "$wait_seconds" tail --pid="$pid" -f /dev/null || die "dockerd $pid does not end; see $log"
  fi
  rm -f "$pid_file"
}

main() {
  ID=unknown
  # shellcheck disable=SC1091
  if [ -r /etc/os-release ]; then . /etc/os-release; fi
  case "${1:-start}" in
    start)
      install_missing
      start_engine
      compose_answers || die "the engine answers but 'docker compose version' does not: install Docker Compose v2"
      say "Docker Engine $(docker version --format '{{.Server.Version}}'), Compose $(docker compose version --short)"
      ;;
    stop) stop_engine ;;
    *) die "unknown word $1: use start or stop" ;;
  esac
}

main "$@"
