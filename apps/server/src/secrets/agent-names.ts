/** Names whose holder can write to a forge. */
const OF_FORGES = /^(?:GITHUB|GH|GITLAB|GL|BITBUCKET|GITEA|FORGEJO)_|^CI_JOB_TOKEN$/

/** Names by which a program is made to run something else, or to take something for its own. */
const OF_THE_SYSTEM =
  /^(?:LD_|DYLD_|GIT_|SSH_|OPTIO_|NODE_OPTIONS$|NODE_PATH$|PYTHONPATH$|PYTHONSTARTUP$|PYTHONHOME$|PERL5|RUBYOPT$|RUBYLIB$|JAVA_TOOL_OPTIONS$|_JAVA_OPTIONS$|BASH_ENV$|ENV$|IFS$|PATH$|HOME$|SHELL$|USER$|LANG$|TERM$|TMPDIR$|PWD$|CLAUDE_CONFIG_DIR$)/

/** Why agents may not be given a secret of this name, a sentence; null when they may. */
export function refusalForAgents(name: string): string | null {
  if (OF_FORGES.test(name)) {
    return `${name} is never given to agents: whoever has it can write to a forge. Optio itself pushes, opens and merges.`
  }
  if (OF_THE_SYSTEM.test(name)) {
    return `${name} is never given to agents: it decides what programs do. Give the secret another name.`
  }
  return null
}
