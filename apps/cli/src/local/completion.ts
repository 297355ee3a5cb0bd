import type { Command } from 'commander'
import type { Cli } from '../cli.ts'

type Shell = 'bash' | 'zsh' | 'fish'

/** A command with what may follow it. */
interface Node {
  /** Words after `optio`: empty for the program itself, `task new`. */
  readonly path: string
  readonly words: readonly { readonly word: string; readonly about: string }[]
}

const INSTALL: Readonly<Record<Shell, string>> = {
  bash: 'eval "$(optio completion bash)" in ~/.bashrc',
  zsh: 'eval "$(optio completion zsh)" in ~/.zshrc, after compinit',
  fish: 'optio completion fish > ~/.config/fish/completions/optio.fish',
}

/** Prints a script that knows the commands and options of this version; nothing has to run to complete a word. */
export async function completion(cli: Cli, shell: Shell, _options: unknown, self: Command): Promise<void> {
  const nodes = nodesOf(self.parent ?? self)
  const script = { bash, zsh, fish }[shell](nodes)
  await cli.out.write(`# ${INSTALL[shell]}\n${script}`)
}

function nodesOf(command: Command, path: readonly string[] = [], inherited: readonly Command[] = []): Node[] {
  const lineage = [...inherited, command]
  const words = [
    ...command.commands.map((child) => ({ word: child.name(), about: child.description() })),
    ...command.registeredArguments.flatMap(({ argChoices }) =>
      (argChoices ?? []).map((word) => ({ word, about: '' })),
    ),
    ...lineage.flatMap(({ options }) =>
      options.map((option) => ({ word: option.long ?? option.short ?? '', about: option.description })),
    ),
    { word: '--help', about: 'explain a command' },
  ]
  return [
    { path: path.join(' '), words },
    ...command.commands.flatMap((child) => nodesOf(child, [...path, child.name()], lineage)),
  ]
}

/** The words before the cursor that are commands; everything else (options, ids) is passed over. */
const FIND_PATH = `  local path="" word
  for word in "\${words[@]:1:$((current - 1))}"; do
    case " $known " in
      *" \${path:+$path/}$word "*) path="\${path:+$path/}$word" ;;
    esac
  done
`

function known(nodes: readonly Node[]): string {
  return nodes
    .map(({ path }) => path.replaceAll(' ', '/'))
    .filter((path) => path !== '')
    .join(' ')
}

function cases(nodes: readonly Node[]): string {
  return nodes
    .map(
      ({ path, words }) =>
        `    "${path.replaceAll(' ', '/')}") list="${words.map(({ word }) => word).join(' ')}" ;;\n`,
    )
    .join('')
}

function bash(nodes: readonly Node[]): string {
  return `_optio() {
  local words=("\${COMP_WORDS[@]}") current=$COMP_CWORD known="${known(nodes)}" list=""
${FIND_PATH}  case "$path" in
${cases(nodes)}  esac
  COMPREPLY=($(compgen -W "$list" -- "\${COMP_WORDS[COMP_CWORD]}"))
  [ \${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -F _optio optio
`
}

function zsh(nodes: readonly Node[]): string {
  return `_optio() {
  setopt localoptions ksharrays
  local current=$((CURRENT - 1)) known="${known(nodes)}" list=""
${FIND_PATH}  case "$path" in
${cases(nodes)}  esac
  compadd -- \${=list} || _files
}
compdef _optio optio
`
}

function fish(nodes: readonly Node[]): string {
  const quoted = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
  const lines = nodes.flatMap(({ path, words }) => {
    const under =
      path === ''
        ? '__fish_use_subcommand'
        : path
            .split(' ')
            .map((word) => `__fish_seen_subcommand_from ${word}`)
            .join('; and ')
    return words.map(({ word, about }) => {
      const what = word.startsWith('--') ? `-l ${word.slice(2)}` : `-a ${word}`
      return `complete -c optio -n ${quoted(under)} ${what}${about === '' ? '' : ` -d ${quoted(about)}`}\n`
    })
  })
  return lines.join('')
}
