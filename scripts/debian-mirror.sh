#!/usr/bin/env bash
# Prints the machine's own mirror of Debian: the first of its apt sources that is not a security archive.
set -euo pipefail
mirror="$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
  grep -v -i security | grep -E '/debian/?$' | head -n 1)"
[ -n "$mirror" ] || { echo "no Debian mirror among this machine's apt sources" >&2; exit 1; }
printf '%s\n' "$mirror"
