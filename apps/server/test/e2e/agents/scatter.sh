# Starts $1 processes that sleep for $2 seconds, in every way in which a process gets away from its parent, then waits.
# Every third of them ignores SIGTERM.
count=$1 seconds=$2 i=0
while [ "$i" -lt "$count" ]; do
  i=$((i + 1))
  [ $((i % 3)) -eq 0 ] && trap '' TERM HUP INT
  case $((i % 5)) in
    0) setsid sleep "$seconds" & ;;
    1) nohup sleep "$seconds" >/dev/null 2>&1 & ;;
    2) (setsid sh -c 'sleep "$1" & exit' sh "$seconds" &) ;;
    3) (env -i /usr/bin/env PATH="$PATH" setsid sleep "$seconds" &) ;;
    4) setsid sh -c '(sh -c "exec sleep $1" sh "$1" &) & exit' sh "$seconds" & ;;
  esac
  trap - TERM HUP INT
done
echo scattered
# The agent itself is deaf to TERM as well.
trap '' TERM
while :; do sleep 1; done
