/**
 * The supervisor of one step, in POSIX sh. It travels in the argv of `sh -c`: a shell reads a script file while it runs,
 * so an update of Optio would change a file under a live step.
 *
 *   supervisor   claims the directory, runs the program in the foreground (background jobs of a shell ignore SIGINT for
 *                good), sweeps what is left and records the end. It does not wait for anything else.
 *   monitor      a subshell beside it: deadline, orphanhood, output limit and requests to stop. It tells the supervisor
 *                the reason by a signal (no disk needed), ends the tree politely, then for good. It also ends the tree
 *                when the supervisor vanishes.
 *   feeder       where the input of the program grows: hands on what is appended to a file (see step-input.ts) and ends the
 *                input at its end mark. `tail -f` waits for the file without polling where the system can.
 *   wrapper      the isolation mechanism (unshare, bwrap, or nothing) given by Optio; it runs the
 *   init         a shell that is PID 1 where there is a namespace: it reaps, starts the program in a session of its own and
 *                prints the exit code to the supervisor. No code means that the isolation itself ended.
 *
 * Time is /proc/uptime; without it the sum of what was slept. A gap (a suspended machine) counts as one tick.
 * Every variable starts with `_o_`: the environment is the program's, and a shell passes on what it assigns.
 */

/** Prefix of the script's own variables; a program's environment may not contain such names. */
export const RESERVED_PREFIX = '_o_'

/** Members of the step's tree, from lines of /proc/PID/stat. A name may contain newlines, so lines are joined until one parses. */
const MEMBERS_AWK = `
{ l = l $0
  if (l !~ /\\) [A-Za-z] -?[0-9]+ /) { l = l " "; next }
  p = l + 0; sub(/^.*\\) /, "", l); split(l, f, " "); l = ""
  if (f[1] ~ /[ZX]/) next
  up[p] = f[2]; ses[p] = f[4]; born[p] = f[20] }
END {
  if (sup > 1) for (p in up) if (up[p] == sup && p != mon) top[p] = m[p] = 1
  n = split(seeds, a, " "); for (i = 1; i <= n; i++) if (a[i] in up) m[a[i]] = 1
  n = split(known, a, " "); for (i = 1; i <= n; i++) { split(a[i], k, ":"); if (born[k[1]] == k[2]) m[k[1]] = 1 }
  do { more = 0
    for (p in m) if (wide && ses[p] > 1 && ses[p] != own) mine[ses[p]] = 1
    for (p in up) if (!(p in m) && p > 1 && p != own && ((up[p] in m) || (ses[p] in mine))) { m[p] = 1; more = 1 }
  } while (more)
  for (p in m) if (!(p in top)) print p (born_too ? ":" born[p] : "")
}`

const FUNCTIONS = `
birth() { # start time of process $1, into _o_born
  if [ -r /proc/self/stat ]; then
    { read -r _o_line <"/proc/$1/stat"; } 2>/dev/null || return 1
    set -- \${_o_line##*) }
    shift 19; _o_born=$1
  else
    _o_born=$(TZ=UTC LC_ALL=C ps -o lstart= -p "$1" | tr -s ' ' | sed 's/^ //;s/ $//')
  fi
}
clock() { # milliseconds, into _o_now
  if { read -r _o_up _o_x </proc/uptime; } 2>/dev/null; then
    _o_now=$(( \${_o_up%.*} * 1000 + 1\${_o_up#*.}0 - 1000 ))
  else
    _o_now=\${_o_slept:-0}
  fi
}
nap() { # sleeps $1 milliseconds, less when a signal comes
  _o_ms=$1; [ "$_o_ms" -lt 10 ] && _o_ms=10
  _o_frac=$((1000 + _o_ms % 1000))
  sleep "$((_o_ms / 1000)).\${_o_frac#1}" 4>&- 5>&- &
  wait $! || { kill $!; wait $!; } 2>/dev/null
  _o_slept=$((\${_o_slept:-0} + _o_ms))
}
marked() { # processes that carry the step's mark
  if [ -r /proc/self/environ ]; then
    for _o_p in $(grep -l -F -e "OPTIO_STEP=$_o_mark" /proc/[0-9]*/environ 2>/dev/null); do
      _o_p=\${_o_p#/proc/}; echo "\${_o_p%/environ}"
    done
  else
    ps -axEww -o pid=,command= | awk -v m="OPTIO_STEP=$_o_mark" 'index($0, m) && !index($0, "index($0, m)") { print $1 }'
  fi
}
table() {
  if [ -r /proc/self/stat ]; then cat /proc/[0-9]*/stat 2>/dev/null
  else ps -axo pid=,state=,ppid=,pgid= | awk '{ printf "%s (x) %s %s %s %s", $1, substr($2, 1, 1), $3, $4, $4; for (i = 5; i < 20; i++) printf " 0"; print " 0" }'
  fi
}
members() { # $1: this supervisor while its wrapper lives, else 0 (never a pid: pid 1 has parent 0). $2: wide (mark, sessions, memory) or narrow. $3: with start times
  _o_seeds= _o_known=
  [ "$2" = wide ] && { _o_seeds=$(marked); _o_known=$(cat known 2>/dev/null); }
  table | awk -v sup="$1" -v mon="$_o_mon" -v own=$$ -v wide="\${2#narrow}" -v born_too="$3" \\
    -v seeds="$(echo $_o_seeds)" -v known="$(echo $_o_known)" '${MEMBERS_AWK}'
}
in_group() { # pids in the control group, if there is one
  [ -n "$_o_cg" ] || return 0
  while read -r _o_p; do echo "$_o_p"; done 2>/dev/null <"$_o_cg/cgroup.procs"
}
kill_group() {
  if [ -w "$_o_cg/cgroup.kill" ]; then echo 1 >"$_o_cg/cgroup.kill"; return; fi
  echo FROZEN >"$_o_cg/freezer.state"
  _o_p=$(in_group); [ -n "$_o_p" ] && kill -KILL $_o_p
  echo THAWED >"$_o_cg/freezer.state"
}
signal_tree() { # $1: TERM or KILL, to everything but the wrapper; init is deaf to TERM
  case $_o_kind in
    cgroup) if [ "$1" = KILL ]; then kill_group; return; fi; _o_all=$(in_group) ;;
    none) _o_all=$(members $$ wide) ;;
    *) _o_all=$(members $$ narrow) ;;
  esac
  [ -n "$_o_all" ] && kill -"$1" $_o_all
} 2>/dev/null
sweep() { # kills until nothing of the tree is found; without a container two calm looks must follow upon a find
  _o_calm=1 _o_pause=10
  while :; do
    [ -n "$_o_cg" ] && kill_group
    if [ "$_o_kind" = none ]; then _o_all=$(members 0 wide); else _o_all=$(marked; in_group); fi
    if [ -n "$_o_all" ]; then
      _o_calm=0; kill -KILL $_o_all
    else
      _o_calm=$((_o_calm + 1))
      if [ "$_o_kind" != none ] || [ "$_o_calm" -ge 2 ]; then
        [ -n "$_o_cg" ] && find "$_o_cg" -depth -type d -exec rmdir {} \\;
        return
      fi
    fi
    nap $_o_pause; [ $_o_pause -lt 500 ] && _o_pause=$((_o_pause * 2))
  done
} 2>/dev/null
alone() { # true when the supervisor is gone
  if { read -r _o_line </proc/self/stat; } 2>/dev/null; then set -- \${_o_line##*) }; [ "$2" != $$ ]
  else ! kill -0 $$ 2>/dev/null; fi
}
last_duty() { alone && { sweep; exit 0; }; }
beat() { # notices a heartbeat by its content: no clock is compared
  _o_seen=; { read -r _o_seen <"$_o_beatfile"; } 2>/dev/null
  [ "$_o_seen" != "$_o_beat" ] && { _o_beat=$_o_seen; _o_idle=0; }
}
size() { # bytes written, into _o_bytes: the position of our open files costs nothing, the files themselves now and then
  _o_bytes=0
  if [ $((_o_round % 4)) -ne 0 ] && [ -r /proc/self/fdinfo/4 ]; then
    read -r _o_x _o_bytes </proc/self/fdinfo/4; read -r _o_x _o_p </proc/self/fdinfo/5
    _o_bytes=$((_o_bytes + _o_p))
  else
    set -- $(wc -c ../out ../err); _o_bytes=$(($1 + $3))
  fi
}
asked_grace() { # grace of a written request, into _o_g
  _o_g=; { read -r _o_g <stop; } 2>/dev/null
  case $_o_g in ''|*[!0-9]*) _o_g= ;; esac
}
halt() { # $1: signal that names the reason to the supervisor, $2: grace
  kill -"$1" $$
  clock; _o_end=$((_o_now + $2))
  signal_tree TERM
  while :; do
    asked_grace; clock
    [ -n "$_o_g" ] && [ $((_o_now + _o_g)) -lt "$_o_end" ] && _o_end=$((_o_now + _o_g))
    [ "$_o_now" -ge "$_o_end" ] && break
    _o_n=$((_o_end - _o_now)); [ "$_o_n" -gt 1000 ] && _o_n=1000
    nap "$_o_n"; last_duty
  done
  _o_pause=20
  while :; do
    signal_tree KILL
    nap "$_o_pause"; last_duty
    [ "$_o_pause" -lt 1000 ] && _o_pause=$((_o_pause * 2))
  done
}
open_input() { # 6 and 7: the two ends of the program's input; 8 and 9: of what is read of the file
  : >>in && mkfifo "fed.$$" "said.$$" || return 1
  exec 3<>"fed.$$" 6<"fed.$$" 7>"fed.$$"
  exec 3<>"said.$$" 8<"said.$$" 9>"said.$$"
  exec 3>&-
  rm -f "fed.$$" "said.$$"
}
feed() { # the first input, then each line of the file without its key; a torn one was marked by whoever came next
  cat <"$_o_stdin"
  _o_torn=$(printf '\\030')
  while IFS= read -r _o_line; do
    case $_o_line in
      end) kill $_o_tail; return ;;
      *"$_o_torn") ;;
      *) printf '%s\\n' "\${_o_line#* }" || return ;;
    esac
  done
} 2>/dev/null
start_feeder() { # carries the mark of the step: whoever sweeps it ends this, too
  OPTIO_STEP=$_o_mark tail -n +1 -f in >&9 4>&- 5>&- 6<&- 7>&- 8<&- 9>&- &
  _o_tail=$!
  (exec <&8 >&7 4>&- 5>&- 6<&- 7>&- 8<&- 9>&-; feed) & # a function alone would keep what it closes
  _o_feeder=$!
  exec 7>&- 8<&- 9>&-
}
monitor() {
  trap '{ kill $! && wait $! || wait $!; } 2>/dev/null; exit 0' HUP # the supervisor is done; what sleeps must not outlive us
  trap '_o_asked=1' USR1
  _o_ran=0 _o_idle=0 _o_round=0 _o_beat= _o_asked=
  clock; _o_last=$_o_now
  beat; _o_idle=0
  while :; do
    _o_nap=1000
    [ $((_o_max - _o_ran)) -lt $_o_nap ] && _o_nap=$((_o_max - _o_ran))
    [ -n "$_o_grows" ] && [ $((_o_orphan / 2 - _o_idle)) -lt $_o_nap ] && _o_nap=$((_o_orphan / 2 - _o_idle))
    [ $((_o_orphan - _o_idle)) -lt $_o_nap ] && _o_nap=$((_o_orphan - _o_idle))
    [ -z "$_o_asked" ] && nap "$_o_nap"
    last_duty
    if [ -n "$_o_asked" ] || [ -e stop ]; then asked_grace; halt USR1 "\${_o_g:-$_o_grace}"; fi
    clock; _o_d=$((_o_now - _o_last)); _o_last=$_o_now
    [ $_o_d -gt $((_o_nap + 5000)) ] && _o_d=$_o_nap
    _o_ran=$((_o_ran + _o_d)); _o_idle=$((_o_idle + _o_d)); _o_round=$((_o_round + 1))
    beat; size
    [ "$_o_round" = 1 ] && rm -f "claim.$$"
    if [ "$_o_ran" -ge "$_o_max" ]; then halt USR2 "$_o_grace"; fi
    if [ -n "$_o_grows" ] && [ $((_o_idle * 2)) -ge "$_o_orphan" ]; then # one that only waits for more ends well
      printf '\\030\\nend\\n' >>in; _o_grows=
    fi
    if [ "$_o_idle" -ge "$_o_orphan" ]; then halt HUP "$_o_grace"; fi
    if [ "$_o_bytes" -gt "$_o_limit" ]; then
      [ "$_o_grace" -gt 500 ] && _o_grace=500
      halt ALRM "$_o_grace"
    fi
    if [ "$_o_kind" = none ] && [ $((_o_round % 10)) -eq 1 ]; then members $$ wide 1 >known; fi
  done
}`

/** argv after `$0`: see `supervisorArguments` in local-runtime.ts, in the same order; then the wrapper with its program. */
export const SUPERVISOR_SCRIPT = `${FUNCTIONS}
_o_dir=$1 _o_kind=$2 _o_mechanism=$3 _o_mark=$4 _o_max=$5 _o_grace=$6 _o_limit=$7 _o_orphan=$8 _o_beatfile=$9
shift 9
_o_stdin=$1 _o_boot=$2 _o_pidns=$3 _o_cg=$4 _o_grows=$5
PATH=$6
shift 6
umask 077
cd "$_o_dir/ctl" || exit 96
exec 2>>log || exit 96
exec 4>>../out 5>>../err || exit 96
printf '%255s\\n' ' ' >"exit.$$" || exit 96
trap '' USR1 # a request that comes before the monitor listens must not end it; it is repeated
monitor </dev/null >/dev/null &
_o_mon=$!
{ [ -z "$_o_grows" ] || open_input; } && birth $_o_mon && _o_monborn=$_o_born && birth $$ &&
  printf '%s\\n' "pid=$$" "start=$_o_born" "monitor=$_o_mon" "monitorstart=$_o_monborn" "boot=$_o_boot" "pidns=$_o_pidns" \\
    "mechanism=$_o_mechanism" "mark=$_o_mark" "cgroup=$_o_cg" >"claim.$$" || { kill -HUP $_o_mon; rm -f "exit.$$" "claim.$$"; exit 96; }
if ! ln "claim.$$" claim 2>/dev/null; then # somebody was first: a supervisor, or one who decided that this never starts
  kill -HUP $_o_mon; rm -f "claim.$$" "exit.$$"
  [ -e claim ] && exit 95
  exit 96
fi
_o_why=
trap '_o_why=\${_o_why:-requested}' USR1
trap '_o_why=\${_o_why:-deadline}' USR2
trap '_o_why=\${_o_why:-orphaned}' HUP
trap '_o_why=\${_o_why:-output_limit}' ALRM
[ -n "$_o_cg" ] && mkdir -p "$_o_cg"
_o_feeder=
[ -n "$_o_grows" ] && start_feeder
_o_code=$(
  if [ -n "$_o_cg" ]; then echo 0 >"$_o_cg/cgroup.procs" || exit 1; fi
  OPTIO_STEP=$_o_mark; export OPTIO_STEP
  [ -n "$_o_grows" ] && exec "$@" <&6 6<&-
  exec "$@" <"$_o_stdin"
)
exec 4>&- 5>&- 6<&-
kill -HUP $_o_mon 2>/dev/null
{ wait $_o_mon; wait $_o_mon; } 2>/dev/null # the first may be cut short by a signal
sweep
[ -n "$_o_feeder" ] && { wait $_o_feeder; wait $_o_feeder; } 2>/dev/null
[ -e "claim.$$" ] && rm -f "claim.$$"
case $_o_code in ''|*[!0-9]*) _o_code= ;; esac
case "$_o_why$_o_code" in ''|137) [ -e stop ] && _o_why=requested ;; esac # Optio ended it itself
while ! printf 'code=%s\\nstopped=%s\\n' "$_o_code" "$_o_why" 1<>"exit.$$" || ! mv -f "exit.$$" exit; do
  [ -e "exit.$$" ] || exit 97
  nap 1000
done`

/**
 * The init of a step. argv after `$0`: the directory, `+` and the PATH of the program or nothing, how many arguments of
 * the program follow, then the program. File descriptors 4 and 5 are its output and its errors.
 */
export const INIT_SCRIPT = `
trap : TERM HUP INT QUIT USR1 USR2 ALRM
(
  umask 022
  cd -- "$1" || exit 126
  case $2 in +*) PATH=\${2#+}; export PATH ;; *) unset PATH ;; esac
  shift 2
  unset PWD OLDPWD SHLVL
  exec "$@"
) >&4 2>&5 4>&- 5>&-
echo $?`
