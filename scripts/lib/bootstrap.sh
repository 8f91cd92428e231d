# shellcheck shell=bash
# Sourced by every script of this folder: finds the checkout, installs the npm packages when they are missing or stale,
# and puts Node.js 24 (an npm package, so that any Node.js >= 20 can start us) and the local tools first on PATH.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
export ROOT
export HEADRACE_CACHE=${HEADRACE_CACHE:-$HOME/.cache/headrace}

say() { printf '%s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

need() { command -v "$1" >/dev/null 2>&1 || die "$1 is missing: $2"; }

need node "install Node.js 20 or newer (apt-get install nodejs, or your version manager)."
need npm "install npm 10 or newer (it comes with Node.js)."

install_packages() {
  local stamp="$ROOT/node_modules/.headrace-lock" want
  want=$(sha256sum "$ROOT/package-lock.json" | cut -c1-64)
  if [ "$(cat "$stamp" 2>/dev/null || true)" != "$want" ]; then
    (
      flock 9
      if [ "$(cat "$stamp" 2>/dev/null || true)" != "$want" ]; then
        say "Installing npm packages..."
        # Not `npm ci`: it refuses a lock file that leaves out binaries of other platforms, which a registry need not have.
        (cd "$ROOT" && npm install --no-save --no-fund --no-audit --loglevel=error >&2) || die "npm install failed: see the lines above."
        printf '%s' "$want" > "$stamp"
      fi
    ) 9> "${TMPDIR:-/tmp}/headrace-npm-$(id -u).lock"
  fi
}

install_packages
export PATH="$ROOT/node_modules/.bin:$PATH"

node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 22 || (a === 22 && b >= 19) ? 0 : 1)' \
  || die "Node.js $(node -v) is too old to run Headrace: install Node.js 22.19 or newer (24 comes as an npm package on Linux x64 only)."
