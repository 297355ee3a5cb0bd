# Makes the clone it runs in as hostile as a clone can be: whoever runs git under its configuration, outside of the agent's
# isolation, runs the canary, which records where it was.
set -e
canary=$HOME/canary.sh
cat >"$canary" <<END
#!/bin/sh
echo "\$1 ns=\$(readlink /proc/self/ns/pid) step=\${OPTIO_STEP:-none} pwd=\$(pwd)" >>'$HOME/canary.log'
case \$1 in filter) cat ;; textconv) cat "\$2" ;; esac
exit 0
END
chmod 755 "$canary"

hooks='applypatch-msg pre-applypatch post-applypatch pre-commit pre-merge-commit prepare-commit-msg commit-msg post-commit
pre-rebase post-checkout post-merge pre-push pre-receive update proc-receive post-receive post-update reference-transaction
push-to-checkout pre-auto-gc post-rewrite sendemail-validate fsmonitor-watchman post-index-change'
mkdir -p "$HOME/hooks" .git/hooks
for hook in $hooks; do
  printf '#!/bin/sh\nexec %s hook-%s\n' "'$canary'" "$hook" >"$HOME/hooks/$hook"
  cp "$HOME/hooks/$hook" ".git/hooks/$hook"
  chmod 755 "$HOME/hooks/$hook" ".git/hooks/$hook"
done

mkdir -p "$HOME/template/hooks"
cp "$HOME/hooks/"* "$HOME/template/hooks/"
printf '* filter=evil diff=evil merge=evil\n' >"$HOME/attributes"

cat >"$HOME/evil.config" <<END
[core]
	fsmonitor = '$canary' fsmonitor
	hooksPath = $HOME/hooks
	sshCommand = '$canary' ssh
	gitProxy = '$canary'
	askPass = $canary
	editor = '$canary' editor
	pager = '$canary' pager
	attributesFile = $HOME/attributes
	alternateRefsCommand = '$canary' alternates
[alias]
	status = !'$canary' alias
	fetch = !'$canary' alias
	rev-parse = !'$canary' alias
	for-each-ref = !'$canary' alias
	optio = !'$canary' alias
[filter "evil"]
	clean = '$canary' filter
	smudge = '$canary' filter
[diff]
	external = '$canary' diff
[diff "evil"]
	textconv = '$canary' textconv
[merge "evil"]
	name = evil
	driver = '$canary' merge
[uploadpack]
	packObjectsHook = '$canary' pack-objects
[receive]
	fsckObjects = false
[credential]
	helper = !'$canary' credential
[remote "origin"]
	uploadpack = '$canary' uploadpack
	receivepack = '$canary' receivepack
[url "ext::sh -c '$canary' url"]
	insteadOf = /
[protocol "ext"]
	allow = always
[gc]
	recentObjectsHook = '$canary' gc
	auto = 1
[maintenance]
	auto = true
[init]
	templateDir = $HOME/template
[gpg]
	program = $canary
[log]
	showSignature = true
[sequence]
	editor = '$canary' sequence
[submodule "evil"]
	active = true
	update = !'$canary' submodule
	url = ext::sh -c '$canary' submodule
[submodule]
	recurse = true
[safe]
	directory = *
END
cp "$HOME/evil.config" "$HOME/.gitconfig"

# Committed, so that it travels into every checkout: of the check, and of the person.
printf '* filter=evil diff=evil merge=evil\n' >.gitattributes
printf '[submodule "evil"]\n\tpath = evil\n\turl = ./evil\n\tupdate = none\n' >.gitmodules
printf '%s\n' "$1" >answer
git -c core.fsmonitor=false -c core.hooksPath=/dev/null add --all
git -c core.fsmonitor=false -c core.hooksPath=/dev/null commit --quiet -m "Answer $1"
git config include.path "$HOME/evil.config"
git config core.fsmonitor "'$canary' fsmonitor"
git config core.hooksPath "$HOME/hooks"

# The canary sings inside: the test is not deaf.
git status >/dev/null || true
git diff --quiet HEAD^ || true
