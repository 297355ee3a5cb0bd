/**
 * Commands that run in a clone, inside the isolation, where the clone's own configuration may do as it likes. Their scripts are constants;
 * names are given to them as arguments.
 */

/**
 * Moves the branch that is checked out to what the forge has of it, if that only adds to it. With a third argument, the commit that was
 * published last, also where the forge's was put back behind that: then what was published since is left out, and commits that were not
 * published are kept on top. Where the two went apart, or files are in the way, it fails and changes nothing.
 */
const TAKE_OVER = `cd "$1" || exit 1
test "$(git symbolic-ref -q HEAD)" = "refs/heads/$2" || exit 0
theirs=$(git rev-parse --verify --quiet "refs/remotes/origin/$2^{commit}") || exit 0
if test -n "$3" && test "$theirs" != "$3" &&
  git merge-base --is-ancestor "$theirs" "$3" && git merge-base --is-ancestor "$3" HEAD; then
  if test "$(git rev-parse HEAD)" = "$3"; then exec git reset --quiet --keep "$theirs"; fi
  git rebase --quiet --onto "$theirs" "$3" && exit 0
  git rebase --abort
  exit 1
fi
exec git merge --ff-only --quiet "$theirs"`

/** Fetches a commit by its name and moves to it the branch and HEAD, where they are at another; files and index stay as they are. */
const MOVE_ALONG = `cd "$1" || exit 1
git -c protocol.version=2 fetch --quiet --no-tags --end-of-options "$2" "$5" || exit 1
if test "$(git rev-parse --verify --quiet "refs/heads/$3")" = "$4"; then git update-ref "refs/heads/$3" "$5" "$4" || exit 1; fi
if test "$(git rev-parse --verify --quiet HEAD)" = "$4"; then git update-ref HEAD "$5" "$4" || exit 1; fi`

export function takeOverCommand(
  clone: string,
  branch: string,
  published: string | null = null,
): readonly string[] {
  return ['sh', '-c', TAKE_OVER, 'sh', clone, branch, published ?? '']
}

export function moveAlongCommand(
  clone: string,
  mirrorDir: string,
  { branch, from, to }: { readonly branch: string; readonly from: string; readonly to: string },
): readonly string[] {
  return ['sh', '-c', MOVE_ALONG, 'sh', clone, mirrorDir, branch, from, to]
}
