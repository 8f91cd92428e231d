# shellcheck shell=bash
# Sourced after bootstrap.sh.

was_up=false
is_staying=false

# With --stay all stays up; after 2 (usage) nothing was started.
take_down() {
  local status=$?
  trap - EXIT
  if [ "$is_staying" = false ] && [ "$status" != 2 ]; then
    "$ROOT/scripts/cluster" down > /dev/null || true
    [ "$was_up" = true ] || "$ROOT/scripts/stack" down > /dev/null || true
  fi
  exit "$status"
}

# on_stack COMMAND WORD...: runs a program that starts workers, and servers where none are up, and takes down afterwards what
# was not up before. Asked for help it only prints.
on_stack() {
  cd "$ROOT"
  case " $* " in
    *' --help '* | *' -h '*) "$@"; exit ;;
    *' --stay '*) is_staying=true ;;
  esac
  "$ROOT/scripts/stack" env > /dev/null 2>&1 && was_up=true
  trap take_down EXIT
  "$@"
}
