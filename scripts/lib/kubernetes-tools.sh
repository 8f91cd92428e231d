# shellcheck shell=bash
# Sourced after bootstrap.sh: `helm` (built from its Go module) and `kubernetes-validate` (from PyPI, brings the schemas),
# kept in the cache. Prints nothing but progress.

readonly HELM_VERSION=v3.22.0
readonly KUBERNETES_VALIDATE_VERSION=1.37.0

install_helm() {
  local binary="$HEADRACE_CACHE/helm/$HELM_VERSION/helm" work
  if [ ! -x "$binary" ]; then
    need go "install Go 1.24 or newer (apt-get install golang, or your version manager)."
    say "Building helm $HELM_VERSION (about two minutes, once)..."
    work=$(mktemp -d)
    mkdir -p "$(dirname "$binary")"
    (
      cd "$work"
      go mod init helm-build
      go get "helm.sh/helm/v3/cmd/helm@$HELM_VERSION"
      nice -n 10 go build -trimpath -ldflags '-s -w' -o "$binary.partial" helm.sh/helm/v3/cmd/helm
      mv "$binary.partial" "$binary"
    ) >&2 2>/dev/null || die "helm could not be built: run 'go get helm.sh/helm/v3/cmd/helm@$HELM_VERSION' in an empty module to see why."
    rm -rf "$work"
  fi
  export PATH="${binary%/helm}:$PATH"
}

install_kubernetes_validate() {
  local venv="$HEADRACE_CACHE/kubernetes-validate/$KUBERNETES_VALIDATE_VERSION"
  if [ ! -x "$venv/bin/kubernetes-validate" ]; then
    need python3 "install Python 3 with venv (apt-get install python3-venv)."
    say "Installing kubernetes-validate $KUBERNETES_VALIDATE_VERSION..."
    rm -rf "$venv"
    { python3 -m venv "$venv" && "$venv/bin/pip" install --quiet "kubernetes-validate==$KUBERNETES_VALIDATE_VERSION"; } >&2 \
      || die "kubernetes-validate could not be installed: see the lines above."
  fi
  export PATH="$venv/bin:$PATH"
}
